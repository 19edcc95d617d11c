#!/usr/bin/env bash
# kubernetes-validate 1.37.0: the schemas that Kubernetes publishes, up to 1.34, refuse a Job as its own documentation has it.
#
# `podFailurePolicy.rules[].onPodConditions[].status` is "True" where it is left out, by the field's own description in
# Kubernetes' API reference, and the documentation's example leaves it out
# (https://kubernetes.io/docs/tasks/job/pod-failure-policy/). One would guess that such a Job passes the schema of the same
# release. The schemas of 1.26 to 1.34 list the field as required all the same; those of 1.35 and later don't.
#
# Seen (2026-11-28):
#   1.26 to 1.34: 'status' is a required property
#   1.35 to 1.37: valid
#
# Around it: write `status: "True"`. Exits with 1 if the behaviour changes. Needs python3 and a PyPI registry; leaves nothing.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kubernetes-validate==1.37.0

"$work/venv/bin/python" - <<'PYTHON'
import sys

import kubernetes_validate

condition = {"type": "DisruptionTarget"}
job = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "shards"},
    "spec": {
        "podFailurePolicy": {"rules": [{"action": "Ignore", "onPodConditions": [condition]}]},
        "template": {
            "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "docker.io/library/bash:5"}]}
        },
    },
}


def found(release):
    try:
        kubernetes_validate.validate(job, release)
    except kubernetes_validate.ValidationError as error:
        return error.message
    return "valid"


short = {release: found(f"1.{release}") for release in range(26, 38)}
condition["status"] = "True"
whole = {release: found(f"1.{release}") for release in range(26, 38)}
for release, message in short.items():
    print(f"1.{release}: without a status: {message}; with one: {whole[release]}")
expected = {release: "'status' is a required property" if release < 35 else "valid" for release in range(26, 38)}
if short != expected or set(whole.values()) != {"valid"}:
    sys.exit("changed: the schemas of 1.26 to 1.34 required the status, and those from 1.35 on did not")
PYTHON
