#!/usr/bin/env bash
# Builds what the tests run: the tests, and beside them the services in the profile in which they are deployed.
. .ci/lib.sh

packages build-essential
cargo build --quiet --locked --profile service --package server --package lambda --bins &
services=$!
(cd services/idiomatic && cargo build --quiet --locked --release --bins) &
idiomatic=$!
cargo test --quiet --workspace --locked --no-run
wait "$services"
wait "$idiomatic"
