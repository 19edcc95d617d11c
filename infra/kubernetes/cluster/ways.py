"""What is applied of each way on Kubernetes: the manifests of infra/rendered/ways.json, with values for what Terraform knows
only when it is applied. Must decide nothing of what they are.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RENDERED = Path(__file__).parents[2] / "rendered" / "ways.json"

# As AWS names them, in no region of its own; a value that no way needs, and one that lacks here, are errors.
VALUES = {
    "var.region": "xx-test-1",
    "local.image": "123456789012.dkr.ecr.xx-test-1.amazonaws.com/lab-counter:0123456789abcdef",
    "aws_dynamodb_table.counter.name": "lab-counter",
    "aws_s3_bucket.counter.bucket": "lab-counter-123456789012",
}


@dataclass
class Way:
    """A way, deployed by its own name."""

    name: str
    namespace: str
    # The object whose status has the balancer's name.
    balancer: str
    manifests: dict[str, Any]
    kubernetes: str

    def item(self, kind: str) -> dict[str, Any]:
        """Its only object of this kind."""
        [item] = [each for each in self.manifests["items"] if each["kind"] == kind]
        return item

    def has(self, kind: str) -> bool:
        """Whether it has one."""
        return any(each["kind"] == kind for each in self.manifests["items"])

    @property
    def text(self) -> str:
        """What is applied, as Terraform's output has it."""
        return json.dumps(self.manifests)

    @property
    def container(self) -> dict[str, Any]:
        """The counter's."""
        [container] = self.item("Deployment")["spec"]["template"]["spec"]["containers"]
        return container

    @property
    def store(self) -> str:
        """The store's URL."""
        [store] = [each["value"] for each in self.container["env"] if each["name"] == "STORE"]
        return store

    @property
    def arch(self) -> str:
        """Which nodes it wants."""
        return self.item("Deployment")["spec"]["template"]["spec"]["nodeSelector"]["kubernetes.io/arch"]


def all_ways() -> list[Way]:
    """Every way on kOps' Kubernetes."""
    rendered = json.loads(RENDERED.read_text())
    found, needed = [], set()
    for name, blocks in rendered["ways"].items():
        config = {tuple(block["path"][1:]): block["value"] for block in map(rendered["blocks"].get, blocks)}
        if ("locals", "kops") not in config:
            continue
        values = VALUES | {"var.name": name}
        text = json.dumps([config["output", "namespace"], config["output", "balancer"], config["locals", "manifests"]])
        needed |= set(re.findall(r"\$\{(.*?)\}", text))
        text = re.sub(r"\$\{(.*?)\}", lambda place: values[place[1]], text)
        [namespace, balancer, manifests] = json.loads(text)
        kops = config["locals", "kops"][0]["spec"]
        found.append(Way(name, namespace["value"], balancer["value"], manifests, kops["kubernetesVersion"]))
    assert needed == {*VALUES, "var.name"}, needed
    return found
