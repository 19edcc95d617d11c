"""What AWS's controllers do in a cluster, as far as the API shows it: a balancer's name in the status of a Service or an
Ingress, which holds its deletion up until the balancer is deleted, and a volume for each claim. Must make nothing that no object wants.
"""

import threading
from typing import Any

from control_plane import Cluster, Refused

# Of Kubernetes' own cloud controllers (k8s.io/cloud-provider/service/helpers) and of AWS's Load Balancer Controller.
FINALIZERS = {"Service": "service.kubernetes.io/load-balancer-cleanup", "Ingress": "ingress.k8s.aws/resources"}
LISTS = {"Service": "/api/v1/services", "Ingress": "/apis/networking.k8s.io/v1/ingresses"}


class Cloud:
    """The controllers, in a thread of their own."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.failure: Exception | None = None
        # What was made, and what of it is there.
        self.made: list[str] = []
        self.present: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Cloud":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self.failure:
            raise self.failure

    def _run(self) -> None:
        try:
            while not self._over.wait(0.3):
                for kind, path in LISTS.items():
                    for item in self.cluster.items(path):
                        self._balance(kind, item)
                for claim in self.cluster.items("/api/v1/persistentvolumeclaims"):
                    self._provide(claim)
                for volume in self.cluster.items("/api/v1/persistentvolumes"):
                    self._reclaim(volume)
        except Exception as failure:
            self.failure = failure

    def _balance(self, kind: str, item: dict[str, Any]) -> None:
        if kind == "Service" and item["spec"]["type"] != "LoadBalancer":
            return
        path = object_path(kind, item)
        finalizers = item["metadata"].get("finalizers", [])
        if "deletionTimestamp" in item["metadata"]:
            if FINALIZERS[kind] in finalizers:
                self.present.discard(path)
                others = [each for each in finalizers if each != FINALIZERS[kind]]
                self._patch(path, {"metadata": {"finalizers": others}})
        elif FINALIZERS[kind] not in finalizers:
            self._note(path)
            self._patch(path, {"metadata": {"finalizers": [*finalizers, FINALIZERS[kind]]}})
            name = {"hostname": f"{item['metadata']['namespace']}.elb.example"}
            self._patch(f"{path}/status", {"status": {"loadBalancer": {"ingress": [name]}}})

    def _provide(self, claim: dict[str, Any]) -> None:
        """A volume for a claim whose pod has a node, as the class's WaitForFirstConsumer has it."""
        metadata, spec = claim["metadata"], claim["spec"]
        name = f"pvc-{metadata['uid']}"
        chosen = "volume.kubernetes.io/selected-node" in metadata.get("annotations", {})
        if not chosen or "volumeName" in spec or name in self.made:
            return
        self._note(name)
        wanted = {"kind": "PersistentVolumeClaim", "namespace": metadata["namespace"], "name": metadata["name"]}
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "accessModes": spec["accessModes"],
                "capacity": spec["resources"]["requests"],
                "claimRef": {"apiVersion": "v1", "uid": metadata["uid"], **wanted},
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": name},
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": spec["storageClassName"],
            },
        }
        self.cluster.call("/api/v1/persistentvolumes", "POST", volume)

    def _reclaim(self, volume: dict[str, Any]) -> None:
        name = volume["metadata"]["name"]
        if volume["status"].get("phase") == "Released" and name in self.present:
            self.present.discard(name)
            self.cluster.call(f"/api/v1/persistentvolumes/{name}", "DELETE")

    def _note(self, name: str) -> None:
        self.made.append(name)
        self.present.add(name)

    def _patch(self, path: str, body: dict[str, Any]) -> None:
        try:
            self.cluster.call(path, "PATCH", body)
        except Refused as answered:
            # Deleted between the list and now.
            if answered.status != 404:
                raise


def object_path(kind: str, item: dict[str, Any]) -> str:
    """Where an object is."""
    group, plural = LISTS[kind].rsplit("/", 1)
    return f"{group}/namespaces/{item['metadata']['namespace']}/{plural}/{item['metadata']['name']}"
