#!/usr/bin/env python3
"""Holds the jobs that measure in shards against what takes them: Kubernetes' own schemas, and AWS Batch's model in botocore.
And each against itself: the number of shards stands in it twice. Needs the packages kubernetes-validate and botocore.
"""

import json
import sys
from pathlib import Path

import botocore.session
import kubernetes_validate
import yaml
from botocore.validate import ParamValidator

HERE = Path(__file__).parent

# Of the oldest release that has all that is used: a limit of failures for each index.
KUBERNETES = "1.33"


def shards(words: list[str]) -> int:
    """The number in `--shard auto/N`."""
    index, number = words[words.index("--shard") + 1].split("/")
    assert index == "auto", f"the engine numbers the shards, not {index}"
    return int(number)


def kubernetes() -> None:
    for item in yaml.safe_load_all((HERE / "kubernetes.yaml").read_text()):
        kubernetes_validate.validate(item, KUBERNETES, strict=True)
    job = item["spec"]
    [container] = job["template"]["spec"]["containers"]
    assert job["completionMode"] == "Indexed"
    assert job["completions"] == job["parallelism"] == shards(container["args"])


def batch() -> None:
    model = botocore.session.get_session().get_service_model("batch")
    [definition, job] = [json.loads((HERE / file).read_text()) for file in ("batch-job-definition.json", "batch-job.json")]
    for operation, request in [("RegisterJobDefinition", definition), ("SubmitJob", job)]:
        errors = ParamValidator().validate(request, model.operation_model(operation).input_shape)
        assert not errors.has_errors(), errors.generate_report()
    assert job["jobDefinition"] == definition["jobDefinitionName"]
    assert job["arrayProperties"]["size"] == shards(definition["containerProperties"]["command"])


if __name__ == "__main__":
    kubernetes()
    batch()
    print("the jobs of shards are Kubernetes' and AWS Batch's")
    sys.exit()
