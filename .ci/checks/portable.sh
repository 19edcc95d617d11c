#!/usr/bin/env bash
# Processes and timers as on macOS, on this system.
. .ci/lib.sh

tests=(--quiet --locked --workspace --test cloud --examples --features cloud/portable)
# What is compiled here takes what the tests beside it leave.
nice -n 19 cargo test "${tests[@]}" --no-run
cargo test "${tests[@]}"
