#!/usr/bin/env bash
# clippy, and the documentation's links.
. .ci/lib.sh

# Beside the tests: after them in turn.
renice --priority 19 $$ >/dev/null
cargo clippy --quiet --workspace --all-targets --locked -- --deny warnings
RUSTDOCFLAGS="--deny warnings" cargo doc --quiet --workspace --no-deps --locked
