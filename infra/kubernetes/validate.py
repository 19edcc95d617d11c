#!/usr/bin/env python3
"""Holds the manifests of rendered ways (FILE.tf.json …) against Kubernetes' own schemas, of the version that kOps
installs: a field that it doesn't know, or of another type, is an error. Needs the package kubernetes-validate.
"""

import json
import sys
from pathlib import Path

import kubernetes_validate


def main(paths: list[str]) -> int:
    checked = 0
    for path in paths:
        rendered = json.loads(Path(path).read_text())["locals"]
        release = rendered["kops"][0]["spec"]["kubernetesVersion"].rsplit(".", 1)[0]
        for item in rendered["manifests"]["items"]:
            try:
                kubernetes_validate.validate(item, release, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(map(str, error.path))
                print(f"{path}: {item['kind']}.{where}: {error.message}", file=sys.stderr)
                return 1
            checked += 1
    if not checked:
        print("no manifests: give the files of ways on Kubernetes", file=sys.stderr)
        return 2
    print(f"{checked} manifests of {len(paths)} ways are Kubernetes'")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
