#!/usr/bin/env bash
# Dependencies: licences, sources, doubled versions (deny.toml).
. .ci/lib.sh

packages python3 python3-venv
python_tools deny .ci/requirements.txt
cargo fetch --quiet --locked
cargo fetch --quiet --locked --manifest-path services/idiomatic/Cargo.toml
cargo fetch --quiet --locked --manifest-path bench/oha/Cargo.toml
"$tools/deny/bin/cargo-deny" --offline --locked check --hide-inclusion-graph bans licenses sources
# The idiomatic build and oha have the versions that their own libraries want, and fewer licences.
for folder in services/idiomatic bench/oha; do
    "$tools/deny/bin/cargo-deny" --offline --locked --config deny.toml --manifest-path $folder/Cargo.toml \
        check --hide-inclusion-graph --allow license-not-encountered licenses sources
done
