#!/usr/bin/env bash
# The Python services: lints, format, types, tests.
. .ci/lib.sh

packages python3 python3-pip python3-venv
cd services/python
python_tools python requirements/dev.txt
"$tools/python/bin/ruff" check .
"$tools/python/bin/ruff" format --check .
"$tools/python/bin/mypy"
"$tools/python/bin/pytest" --quiet
