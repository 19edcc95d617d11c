#!/usr/bin/env bash
# Processes and timers as on macOS, on this system.
. .ci/lib.sh

cargo test --quiet --locked --package cloud --features portable
