#!/usr/bin/env python3
"""Runs the Indexed Job of kubernetes.yaml on a real API server: its job controller makes the pods and numbers them, its scheduler
gives each a node of its own. This script stands for the kubelet: it runs each pod's own command with the pod's own environment, one
after the other, for this is one machine. Then the shards are merged.

    infra/shards/on_kubernetes.py PROGRAMS LAB RUNS [ARGUMENT …]

PROGRAMS is a folder for the built control plane (infra/kubernetes/cluster), LAB the lab, RUNS a new folder that stands for the claim's
volume. The arguments, some ways and options of `lab bench`, stand in the place of `--all`, which takes hours.
"""

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "kubernetes" / "cluster"))

from cloud import Cloud  # noqa: E402
from control_plane import Cluster, Refused, control_plane, until  # noqa: E402

PODS = "/api/v1/namespaces/default/pods"
JOB = "/apis/batch/v1/namespaces/default/jobs/lab-shards"

# A shard of some ways with --quick; kubernetes.yaml allows a day.
SHARD_LIMIT_S = 1800


def main(programs: Path, lab: Path, runs: Path, ways: list[str]) -> None:
    runs.mkdir(parents=True)
    documents = [*yaml.safe_load_all((HERE / "kubernetes.yaml").read_text())]
    [job] = [each for each in documents if each["kind"] == "Job"]
    [container] = job["spec"]["template"]["spec"]["containers"]
    with control_plane(programs) as cluster, Cloud(cluster):
        cluster.add_storage_class()
        # As it is in the repository.
        print(cluster.kubectl("create", "--dry-run=server", "-f", str(HERE / "kubernetes.yaml")), end="", flush=True)
        place = container["args"].index("--all")
        container["args"][place : place + 1] = ways or ["--all"]
        printed = cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(documents))
        assert "Warning" not in printed, printed
        shards = job["spec"]["completions"]
        # One node too few, on which nobody may sit beside another one.
        for number in range(shards - 1):
            cluster.add_node(f"node-{number}", "amd64", cpu="4", memory="8Gi")
        until("scheduled", lambda: len(placed(cluster)) == shards - 1)
        [pending] = [pod for pod in cluster.items(PODS) if "nodeName" not in pod["spec"]]
        why = until("refused", lambda: refusal(cluster, pending))
        print(f"{shards - 1} nodes: {shards - 1} pods, and one waits: {why}", flush=True)
        cluster.add_node(f"node-{shards - 1}", "amd64", cpu="4", memory="8Gi")
        until("scheduled", lambda: len(placed(cluster)) == shards)
        nodes = {pod["spec"]["nodeName"] for pod in placed(cluster)}
        assert len(nodes) == shards, nodes
        for pod in sorted(placed(cluster), key=index):
            run(cluster, pod, lab, runs)
        status = until("done", lambda: done(cluster))
        print(f"job: {status}", flush=True)
        merged = subprocess.run([lab, "merge", *sorted((runs / ".lab" / "runs").iterdir()), "--output", runs / "merged"])
        print(f"exit code {merged.returncode} of the merge", flush=True)
        cluster.kubectl("delete", "-f", str(HERE / "kubernetes.yaml"), "--wait", "--timeout=120s")
        until("deleted", lambda: not cluster.items(PODS))


def placed(cluster: Cluster) -> list[dict[str, Any]]:
    """The pods that have a node."""
    return [pod for pod in cluster.items(PODS) if "nodeName" in pod["spec"]]


def refusal(cluster: Cluster, pod: dict[str, Any]) -> str | None:
    """Why a pod has no node."""
    for condition in cluster.call(f"{PODS}/{pod['metadata']['name']}")["status"].get("conditions", []):
        if condition["type"] == "PodScheduled" and "anti-affinity" in condition.get("message", ""):
            return condition["message"]
    return None


def index(pod: dict[str, Any]) -> int:
    """The pod's number, by which the job controller knows it."""
    return int(pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"])


def run(cluster: Cluster, pod: dict[str, Any], lab: Path, runs: Path) -> None:
    """What the kubelet does for a pod: starts its command, and states how it ended."""
    name = pod["metadata"]["name"]
    [container] = pod["spec"]["containers"]
    # /runs is the volume; every pod works there.
    assert container["workingDir"] == "/runs", container["workingDir"]
    environment = {each["name"]: variable(pod, each) for each in container.get("env", [])}
    began = now()
    state(cluster, pod, "Running", {"running": {"startedAt": began}})
    command = [lab, *container["args"]]
    with (runs / f"{name}.log").open("wb") as log:
        code = subprocess.run(
            command, cwd=runs, env=os.environ | environment, stdout=log, stderr=log, timeout=SHARD_LIMIT_S
        ).returncode
    ended = {"exitCode": code, "startedAt": began, "finishedAt": now(), "reason": "Error" if code else "Completed"}
    state(cluster, pod, "Failed" if code else "Succeeded", {"terminated": ended})
    print(f"{name} on {pod['spec']['nodeName']}: {environment}, exit code {code}", flush=True)


def variable(pod: dict[str, Any], each: dict[str, Any]) -> str:
    """A variable's value: as written, or a field of the pod."""
    if "value" in each:
        return each["value"]
    path = each["valueFrom"]["fieldRef"]["fieldPath"]
    kind, _, key = path.removeprefix("metadata.").partition("[")
    return pod["metadata"][kind][key.strip("']")]


def state(cluster: Cluster, pod: dict[str, Any], phase: str, container: dict[str, Any]) -> None:
    """Writes a pod's status, as the kubelet does."""
    [written] = pod["spec"]["containers"]
    shown = {"name": written["name"], "image": written["image"], "imageID": "", "restartCount": 0}
    ready = {"ready": phase == "Running", "state": container}
    status = {"phase": phase, "startTime": now(), "containerStatuses": [shown | ready]}
    cluster.call(f"{PODS}/{pod['metadata']['name']}/status", "PATCH", {"status": status})


def now() -> str:
    """The time as Kubernetes writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def done(cluster: Cluster) -> dict[str, Any] | None:
    """How the job ended."""
    try:
        status = cluster.call(JOB)["status"]
    except Refused:
        return None
    ended = [each["type"] for each in status.get("conditions", []) if each["status"] == "True"]
    if not {"Complete", "Failed"} & {*ended}:
        return None
    return {key: status.get(key) for key in ("succeeded", "failed", "completedIndexes")} | {"is": ended}


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*(Path(each).resolve() for each in sys.argv[1:4]), sys.argv[4:])
