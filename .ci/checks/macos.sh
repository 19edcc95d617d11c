#!/usr/bin/env bash
# On macOS: everything is type-checked, and the model, the prices and the local cloud are tested.
. .ci/lib.sh

cargo check --quiet --workspace --all-targets --locked
cargo test --quiet --locked --package ways --package cloud
