#!/usr/bin/env bash
# Random requests to every endpoint of the lab that the tests have built: no panic, no hang, no fault.
. .ci/lib.sh

packages build-essential python3 python3-pip python3-venv
# As the tests have built it: without them its dependencies have fewer features, and all are compiled again.
cargo test --quiet --workspace --locked --no-run
python3 bench/fuzz/fuzz.py --lab target/debug/lab --requests 20000
