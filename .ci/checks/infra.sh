#!/usr/bin/env bash
# What runs on Kubernetes and in AWS Batch, by their own schemas; and beside the builds, what the tests need is fetched.
. .ci/lib.sh

test_tools
"$tools/infra/bin/python" infra/kubernetes/validate.py infra/rendered/ways.json
"$tools/infra/bin/python" infra/shards/validate.py
