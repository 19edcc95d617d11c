#!/usr/bin/env python3
"""Holds the manifests of rendered ways (FILE.tf.json …, or the ways.json that has all) against Kubernetes' own schemas, of the
version that the cluster has: a field that it doesn't know, or of another type, is an error. Needs the package
kubernetes-validate.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate


def configurations(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The ways of a file, each with its name."""
    content = json.loads(path.read_text())
    if "blocks" not in content:
        yield path.name, content
        return
    for name, blocks in content["ways"].items():
        whole: dict[str, Any] = {}
        for block in map(content["blocks"].get, blocks):
            *folders, last = block["path"]
            at = whole
            for folder in folders:
                at = at.setdefault(folder, {})
            at[last] = block["value"]
        yield name, whole["config"]


def release_of(configuration: dict[str, Any]) -> str:
    """The minor version of Kubernetes: kOps' or EKS's."""
    if "kops" in configuration["locals"]:
        return configuration["locals"]["kops"][0]["spec"]["kubernetesVersion"].rsplit(".", 1)[0]
    return configuration["resource"]["aws_eks_cluster"]["counter"]["version"]


def main(paths: list[str]) -> int:
    ways, checked = 0, set()
    for name, configuration in (found for path in paths for found in configurations(Path(path))):
        if "manifests" not in configuration.get("locals", {}):
            continue
        ways += 1
        release = release_of(configuration)
        for item in configuration["locals"]["manifests"]["items"]:
            # Ways share most of them.
            known = (release, json.dumps(item, sort_keys=True))
            if known in checked:
                continue
            checked.add(known)
            try:
                kubernetes_validate.validate(item, release, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(map(str, error.path))
                print(f"{name}: {item['kind']}.{where}: {error.message}", file=sys.stderr)
                return 1
    if not checked:
        print("no manifests: give the files of ways on Kubernetes", file=sys.stderr)
        return 2
    print(f"{len(checked)} manifests of {ways} ways are Kubernetes'")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
