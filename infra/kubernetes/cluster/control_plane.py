"""Kubernetes' own control plane on loopback: etcd, the API server, the controllers, the scheduler, and kwok, which stands
for the nodes. The programs are built by Go from go.mod, whose versions are those of the cluster that kOps makes. Needs Go, openssl and
kubectl. Must know nothing of what is applied to it.
"""

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

# Each program: its package, and the name that Go gives it.
PROGRAMS = {
    "go.etcd.io/etcd/server/v3": "etcd",
    "k8s.io/kubernetes/cmd/kube-apiserver": "kube-apiserver",
    "k8s.io/kubernetes/cmd/kube-controller-manager": "kube-controller-manager",
    "k8s.io/kubernetes/cmd/kube-scheduler": "kube-scheduler",
    "sigs.k8s.io/kwok/cmd/kwok": "kwok",
}

# An API server is ready some ten seconds after its start; a busy machine takes longer.
READY_LIMIT_S = 180
CALL_LIMIT_S = 60
TOKEN = "loopback"


def kubernetes_version() -> str:
    """The version of Kubernetes that go.mod has, as kOps writes it."""
    words = (HERE / "go.mod").read_text().split()
    return words[words.index("k8s.io/kubernetes") + 1].removeprefix("v")


def build(folder: Path) -> None:
    """Builds the programs that the folder lacks: a quarter of an hour of two processors for the first time."""
    folder.mkdir(parents=True, exist_ok=True)
    # What kubectl and clients ask the server for, and what `go build` alone leaves at v0.0.0.
    version = "k8s.io/component-base/version"
    flags = f"-s -w -X {version}.gitVersion=v{kubernetes_version()}"
    for package, name in PROGRAMS.items():
        if not (folder / name).exists():
            print(f"building {name}", flush=True)
            go = ["go", "build", "-trimpath", f"-ldflags={flags}", "-o", folder / name, package]
            subprocess.run(go, cwd=HERE, check=True, env=os.environ | {"CGO_ENABLED": "0"})


class Refused(Exception):
    """What the API server answered instead of a success."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status


class Cluster:
    """A running control plane."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"https://127.0.0.1:{port}"
        self.kubeconfig = folder / "kubeconfig"

    def call(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """One request to the API; a PATCH is a JSON merge patch."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        trusted = ssl.create_default_context(cafile=self.folder / "apiserver.crt")
        try:
            with urllib.request.urlopen(request, timeout=CALL_LIMIT_S, context=trusted) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            answered = error.read().decode(errors="replace")
            with contextlib.suppress(ValueError):
                answered = json.loads(answered)["message"]
            raise Refused(error.code, answered) from None
        return json.loads(text) if text.startswith(b"{") else text.decode()

    def items(self, path: str) -> list[dict[str, Any]]:
        """What a list has."""
        return self.call(path)["items"]

    def kubectl(self, *words: str, stdin: str | None = None, limit_s: float = 300) -> str:
        """What kubectl prints."""
        command = ["kubectl", "--kubeconfig", self.kubeconfig, *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=limit_s)
        if done.returncode:
            raise Refused(done.returncode, f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        # What admission warns of it prints there.
        return done.stdout + done.stderr

    def add_node(self, name: str, arch: str, cpu: str, memory: str) -> None:
        """A simulated node of this size."""
        size = {"cpu": cpu, "memory": memory, "pods": "110"}
        labels = {"kubernetes.io/arch": arch, "kubernetes.io/os": "linux", "kubernetes.io/hostname": name}
        node = {"metadata": {"name": name, "labels": labels}, "status": {"allocatable": size, "capacity": size}}
        self.call("/api/v1/nodes", "POST", {"apiVersion": "v1", "kind": "Node", **node})

    def add_storage_class(self) -> None:
        """The default class, as kOps' cluster has it."""
        default = {"storageclass.kubernetes.io/is-default-class": "true"}
        storage = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "kops-csi-1-21", "annotations": default},
            "provisioner": "ebs.csi.aws.com",
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        }
        self.call("/apis/storage.k8s.io/v1/storageclasses", "POST", storage)


def until(what: str, holds: Any, limit_s: float = 120) -> Any:
    """Waits for a state, and gives what it found."""
    deadline = time.monotonic() + limit_s
    while True:
        if found := holds():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {limit_s:.0f} s: not yet {what}")
        time.sleep(0.1)


def free_ports(number: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in sockets]


def started(programs: Path, folder: Path, name: str, *flags: str) -> subprocess.Popen[bytes]:
    """A program in the background, whose log is in the folder."""
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([programs / name, *flags], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def stop(running: list[subprocess.Popen[bytes]]) -> None:
    """Ends the programs, the last one first."""
    for program in reversed(running):
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


@contextlib.contextmanager
def control_plane(programs: Path) -> Iterator[Cluster]:
    """Runs a control plane, and takes it down with all that it has."""
    build(programs)
    folder = Path(tempfile.mkdtemp(prefix="lab-cluster-"))
    store, peer, api = free_ports(3)
    cluster = Cluster(folder, api)
    running: list[subprocess.Popen[bytes]] = []
    try:
        subprocess.run(["openssl", "genrsa", "-out", folder / "accounts.key", "2048"], check=True, capture_output=True)
        (folder / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n")
        client, peers = f"http://127.0.0.1:{store}", f"http://127.0.0.1:{peer}"
        running.append(started(programs, folder, "etcd", f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync",
            f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}", f"--initial-cluster=default={peers}"))
        running.append(started(programs, folder, "kube-apiserver", f"--etcd-servers={client}", f"--secure-port={api}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--cert-dir={folder}",
            "--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction", f"--token-auth-file={folder / 'tokens.csv'}",
            f"--service-account-key-file={folder / 'accounts.key'}",
            f"--service-account-signing-key-file={folder / 'accounts.key'}",
            "--service-account-issuer=https://kubernetes.default.svc"))
        until("ready", lambda: is_ready(cluster, running), READY_LIMIT_S)
        shutil.copy(folder / "apiserver.crt", folder / "ca.crt")
        write_kubeconfig(cluster)
        known = f"--kubeconfig={cluster.kubeconfig}"
        running.append(started(programs, folder, "kube-controller-manager", known, "--leader-elect=false",
            # A busy machine is not a lost node.
            "--secure-port=0", "--node-monitor-grace-period=10m", f"--service-account-private-key-file={folder / 'accounts.key'}",
            f"--root-ca-file={folder / 'ca.crt'}"))
        running.append(started(programs, folder, "kube-scheduler", known, "--leader-elect=false", "--secure-port=0"))
        running.append(started(programs, folder, "kwok", known, "--manage-all-nodes=true", f"--config={HERE / 'stages.yaml'}"))
        # The controllers have come to work when the first namespace has its account.
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        until("with controllers", lambda: has(cluster, account), READY_LIMIT_S)
        yield cluster
        ended = [program.args[0].name for program in running if program.poll() is not None]
        assert not ended, f"ended by themselves: {ended}; their logs are in {folder}"
    except BaseException:
        stop(running)
        print(f"the logs are in {folder}", flush=True)
        raise
    stop(running)
    shutil.rmtree(folder)


def is_ready(cluster: Cluster, running: list[subprocess.Popen[bytes]]) -> bool:
    """Whether the API server says that it is."""
    for program in running:
        assert program.poll() is None, f"{program.args[0].name} ended: its log is in {cluster.folder}"
    try:
        return (cluster.folder / "apiserver.crt").exists() and cluster.call("/readyz") == "ok"
    except (OSError, Refused):
        return False


def has(cluster: Cluster, path: str) -> bool:
    """Whether there is such an object."""
    try:
        return bool(cluster.call(path))
    except Refused as answered:
        if answered.status == 404:
            return False
        raise


def write_kubeconfig(cluster: Cluster) -> None:
    """What kubectl and the controllers find the cluster by."""
    reached = {"server": cluster.url, "certificate-authority": str(cluster.folder / "ca.crt")}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "loopback", "cluster": reached}],
        "users": [{"name": "admin", "user": {"token": TOKEN}}],
        "contexts": [{"name": "loopback", "context": {"cluster": "loopback", "user": "admin"}}],
        "current-context": "loopback",
    }
    cluster.kubeconfig.write_text(json.dumps(config))
