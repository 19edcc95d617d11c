#!/usr/bin/env bash
# Dependencies: licences, sources, doubled versions (deny.toml).
. .ci/lib.sh

packages python3 python3-venv
python_tools deny .ci/requirements.txt
# A lock that its manifest has outgrown fails here, whatever it is of.
for lock in $(git ls-files '*Cargo.lock'); do
    cargo fetch --quiet --locked --manifest-path "${lock%.lock}.toml"
done
"$tools/deny/bin/cargo-deny" --offline --locked check --hide-inclusion-graph bans licenses sources
# The idiomatic build and oha have the versions that their own libraries want, and fewer licences.
for folder in services/idiomatic bench/oha; do
    "$tools/deny/bin/cargo-deny" --offline --locked --config deny.toml --manifest-path $folder/Cargo.toml \
        check --hide-inclusion-graph --allow license-not-encountered licenses sources
done
