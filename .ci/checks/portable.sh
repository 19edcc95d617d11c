#!/usr/bin/env bash
# Processes and timers as on macOS, on this system.
. .ci/lib.sh

cargo test --quiet --locked --workspace --test cloud --examples --features cloud/portable
