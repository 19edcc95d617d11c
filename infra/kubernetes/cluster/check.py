#!/usr/bin/env python3
"""Applies every way on Kubernetes to a real API server with controllers, scheduler and simulated nodes, by the calls that
`lab deploy` makes, and holds what comes of it: admitted without a warning, stored as written, rolled out, evicted and replaced as its
store allows, deleted without a rest.

    infra/kubernetes/cluster/check.py PROGRAMS [SERVER]

PROGRAMS is a folder for the built control plane. With SERVER, the counter's server, its probes are made too.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import probes
from cloud import Cloud
from control_plane import Cluster, Refused, control_plane, kubernetes_version, until
from ways import Way, all_ways

# So many ways at a time: each waits for the simulated nodes most of the time.
AT_ONCE = 8

# t3.micro's and t4g.micro's, as the kubelet would report them.
NODE = {"cpu": "2", "memory": "900Mi"}
NODES_PER_ARCH = 12


def main(programs: Path, server: Path | None) -> None:
    ways = all_ways()
    assert {way.kubernetes for way in ways} == {kubernetes_version()}, "go.mod has another version than kOps installs"
    with control_plane(programs) as cluster, Cloud(cluster) as cloud:
        for arch in ["amd64", "arm64"]:
            for number in range(NODES_PER_ARCH):
                cluster.add_node(f"{arch}-{number}", arch, **NODE)
        cluster.add_storage_class()
        version = cluster.call("/version")["gitVersion"]
        print(f"API server {version}, {2 * NODES_PER_ARCH} nodes, {len(ways)} ways", flush=True)
        # Leases and events come and go by themselves.
        before = until("at rest", lambda: at_rest(cluster))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for line in pool.map(lambda way: checked(cluster, way), ways):
                print(line, flush=True)
        left = until("deleted", lambda: everything(cluster) <= before or None) and everything(cluster) - before
        assert not left and not cloud.present, (left, cloud.present)
        print(f"left in the cluster: {len(left)} objects; balancers and volumes made: {len(cloud.made)}, left: {len(cloud.present)}")
    if server:
        for line in probes.checked(server, ways):
            print(line, flush=True)


def checked(cluster: Cluster, way: Way) -> str:
    """Deploys one way, holds all that is to hold, and takes it down."""
    began = time.monotonic()
    try:
        admitted(cluster, way)
        rolled_out(cluster, way)
        notes = [kept_from_others(cluster, way)] if way.has("PersistentVolumeClaim") else []
        notes += [evicted(cluster, way), restarted(cluster, way)]
        deleted(cluster, way)
    except Exception as failure:
        raise AssertionError(f"{way.name}: {failure!r}") from failure
    return f"{way.name}: {'; '.join(notes)}; {time.monotonic() - began:.0f} s"


def admitted(cluster: Cluster, way: Way) -> None:
    """Applied as the lab applies it, twice; nothing is warned of, dropped or changed, and no pod may do more."""
    kinds = [item["kind"] for item in way.manifests["items"]]
    for expected in [{"created"}, {"unchanged", "configured"}]:
        printed = in_namespace(cluster, way, "apply", "-f", "-", stdin=way.text).splitlines()
        assert len(printed) == len(kinds), printed
        assert {line.rsplit(" ", 1)[1] for line in printed} <= expected, printed
        generations = [cluster.call(path(way, kind))["metadata"].get("generation") for kind in kinds]
        # A budget's selector is replaced by itself, which kubectl calls configured: nothing changes.
        assert set(generations) <= {1, None}, generations
    for item in way.manifests["items"]:
        stored = cluster.call(path(way, item["kind"]))
        differs = [*differences(item, stored, item["kind"])]
        assert not differs, differs
    pod = way.item("Deployment")["spec"]["template"]["spec"] | {"hostNetwork": True}
    privileged = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "privileged"}, "spec": pod}
    try:
        cluster.call(f"/api/v1/namespaces/{way.namespace}/pods?dryRun=All", "POST", privileged)
    except Refused as answered:
        assert answered.status == 403 and "restricted" in str(answered), answered
    else:
        raise AssertionError("a pod on the node's network is admitted")


def differences(written: Any, stored: Any, where: str) -> Any:
    """What was written and is not stored so. What the server adds is no difference."""
    if isinstance(written, dict) and isinstance(stored, dict):
        for key, value in written.items():
            yield from differences(value, stored.get(key), f"{where}.{key}")
    elif isinstance(written, list) and isinstance(stored, list) and len(written) == len(stored):
        for number, (value, other) in enumerate(zip(written, stored, strict=True)):
            yield from differences(value, other, f"{where}[{number}]")
    elif written != stored:
        yield f"{where}: {written!r} is stored as {stored!r}"


def rolled_out(cluster: Cluster, way: Way) -> None:
    """The counter is where it belongs, reached by its Service, and the balancer has a name."""
    in_namespace(cluster, way, "rollout", "status", "deployment/counter", "--timeout=180s")
    [pod] = pods(cluster, way)
    assert pod["spec"]["nodeName"].startswith(way.arch), pod["spec"]["nodeName"]
    assert pod["status"]["qosClass"] == "Burstable", pod["status"]["qosClass"]
    # Neither the API's token nor anything else is mounted but the count's volume.
    mounted = [volume["name"] for volume in pod["spec"].get("volumes", [])]
    assert mounted == (["count"] if way.has("PersistentVolumeClaim") else []), mounted
    until("an endpoint", lambda: endpoints(cluster, way) == [(pod["status"]["podIP"], 8000, True)])
    name = "--output=jsonpath={.status.loadBalancer.ingress[0].hostname}{.status.loadBalancer.ingress[0].ip}"
    until("balanced", lambda: in_namespace(cluster, way, "get", way.balancer, name) == f"{way.namespace}.elb.example")


def kept_from_others(cluster: Cluster, way: Way) -> str:
    """A second pod with the counter's volume is scheduled nowhere."""
    template = way.item("Deployment")["spec"]["template"]
    other = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "other"}, "spec": template["spec"]}
    path = f"/api/v1/namespaces/{way.namespace}/pods"
    cluster.call(path, "POST", other)
    reason = until("refused", lambda: unscheduled(cluster.call(f"{path}/other")))
    assert "ReadWriteOncePod" in reason, reason
    cluster.call(f"{path}/other", "DELETE")
    return "no second pod on its volume"


def unscheduled(pod: dict[str, Any]) -> str | None:
    """Why the scheduler found no node."""
    for condition in pod["status"].get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return condition["message"]
    return None


def evicted(cluster: Cluster, way: Way) -> str:
    """A node that is drained may take the counter only where its count is kept elsewhere."""
    kept = not way.store.startswith("memory:")
    budget = path(way, "PodDisruptionBudget")
    until("a budget", lambda: cluster.call(budget)["status"].get("currentHealthy") == 1)
    allowed = cluster.call(budget)["status"]["disruptionsAllowed"]
    assert allowed == int(kept), allowed
    [pod] = pods(cluster, way)
    name = pod["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": way.namespace}}
    asked = f"/api/v1/namespaces/{way.namespace}/pods/{name}/eviction"
    try:
        cluster.call(asked, "POST", eviction)
    except Refused as answered:
        assert not kept and answered.status == 429, answered
        return "eviction refused (429)"
    assert kept, "the count is lost"
    until("another pod", lambda: [each for each in ready(cluster, way) if each != name])
    return "evicted and replaced"


def restarted(cluster: Cluster, way: Way) -> str:
    """The next pod comes before the last one goes where several may count, else after it."""
    [first] = until("one pod", lambda: len(pods(cluster, way)) == 1 and ready(cluster, way))
    in_namespace(cluster, way, "rollout", "restart", "deployment/counter")
    most, least, deadline = 0, 1, time.monotonic() + 180
    while True:
        assert time.monotonic() < deadline, "the last pod stays"
        present = [pod["metadata"]["name"] for pod in pods(cluster, way)]
        most, least = max(most, len(present)), min(least, len(ready(cluster, way)))
        if first not in present and ready(cluster, way):
            break
        time.sleep(0.05)
    several = way.item("Deployment")["spec"]["strategy"]["type"] == "RollingUpdate"
    assert several == (not way.store.startswith(("memory:", "file:"))), way.store
    # A pod that ends is listed until it has ended.
    assert (most, least) == ((2, 1) if several else (1, 0)), (most, least)
    in_namespace(cluster, way, "rollout", "status", "deployment/counter", "--timeout=180s")
    return "replaced without a gap" if several else "never two pods"


def deleted(cluster: Cluster, way: Way) -> None:
    """Deleted when the lab's call returns, twice in a row."""
    delete = ["delete", "namespace", way.namespace, "--ignore-not-found", "--wait", "--timeout=180s"]
    for expected in [[f'namespace "{way.namespace}" deleted'], []]:
        printed = in_namespace(cluster, way, *delete).splitlines()
        # kubectl warns that a namespace is in no namespace.
        relevant = [line for line in printed if "not scoped to the provided namespace" not in line]
        assert relevant == expected, printed
    try:
        cluster.call(f"/api/v1/namespaces/{way.namespace}")
    except Refused as answered:
        assert answered.status == 404
        return
    raise AssertionError("its namespace is there")


def in_namespace(cluster: Cluster, way: Way, *words: str, stdin: str | None = None) -> str:
    """kubectl as the lab calls it."""
    return cluster.kubectl("--namespace", way.namespace, *words, stdin=stdin)


def path(way: Way, kind: str) -> str:
    """Where an object of the way is."""
    core, apps = f"/api/v1/namespaces/{way.namespace}", f"namespaces/{way.namespace}"
    return {
        "Namespace": core,
        "PersistentVolumeClaim": f"{core}/persistentvolumeclaims/count",
        "Deployment": f"/apis/apps/v1/{apps}/deployments/counter",
        "PodDisruptionBudget": f"/apis/policy/v1/{apps}/poddisruptionbudgets/counter",
        "Service": f"{core}/services/counter",
        "Ingress": f"/apis/networking.k8s.io/v1/{apps}/ingresses/counter",
    }[kind]


def pods(cluster: Cluster, way: Way) -> list[dict[str, Any]]:
    """The counter's pods, those that end too."""
    return cluster.items(f"/api/v1/namespaces/{way.namespace}/pods?labelSelector=app.kubernetes.io/name=counter")


def ready(cluster: Cluster, way: Way) -> list[str]:
    """The names of those that are ready and don't end."""
    return [
        pod["metadata"]["name"]
        for pod in pods(cluster, way)
        if "deletionTimestamp" not in pod["metadata"]
        and any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))
    ]


def endpoints(cluster: Cluster, way: Way) -> list[tuple[str, int, bool]]:
    """Where the Service leads to: address, port, whether it is ready."""
    slices = cluster.items(f"/apis/discovery.k8s.io/v1/namespaces/{way.namespace}/endpointslices")
    return [
        (address, port["port"], endpoint["conditions"]["ready"])
        for each in slices
        for port in each["ports"] or []
        for endpoint in each["endpoints"] or []
        for address in endpoint["addresses"]
    ]


def everything(cluster: Cluster) -> set[str]:
    """All that the API server has, but for what comes and goes by itself."""
    kinds = cluster.kubectl("api-resources", "--verbs=list", "--output=name").split()
    kinds = [kind for kind in kinds if not kind.startswith(("events", "leases.", "componentstatuses"))]
    fields = "--output=custom-columns=:kind,:metadata.namespace,:metadata.name"
    listed = cluster.kubectl("get", ",".join(kinds), "--all-namespaces", "--no-headers", fields)
    return {" ".join(line.split()) for line in listed.splitlines() if line.strip()}


def at_rest(cluster: Cluster) -> set[str] | None:
    """All that there is, when it no longer changes."""
    first = everything(cluster)
    time.sleep(3)
    return first if everything(cluster) == first else None


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve() if len(sys.argv) == 3 else None)
