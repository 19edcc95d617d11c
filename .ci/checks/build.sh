#!/usr/bin/env bash
# Builds what the tests run: the tests, and beside them the services in the profile in which they are deployed, and the
# runtime of the JavaScript functions, whose client of AWS's compiles for minutes on one processor.
. .ci/lib.sh

packages build-essential cmake python3 unzip xz-utils
npm_package
adapter=$(python3 -c 'import json; it = json.load(open("ways.json"))["compute"]["lambdaweb"]["adapter"]; print(it["version"])')
# Three builds at a time, not all five: what runs beside them has bounds in time.
deployed() {
    cargo build --quiet --locked --profile service --package server --package lambda --bins
    node services/javascript/build.mjs runtime .lab/artifacts/javascript/runtime >"$tools/javascript-runtime" 2>&1 ||
        { cat "$tools/javascript-runtime"; return 1; }
}
others() {
    (cd services/idiomatic && cargo build --quiet --locked --release --bins)
    # As bench/artifact/src/adapter.rs does.
    CARGO_TARGET_DIR=target/adapter cargo install --quiet --locked --root ".lab/artifacts/lambda-adapter-$adapter" \
        lambda_web_adapter --version "=$adapter"
}
deployed &
builds=($!)
others &
builds+=($!)
cargo test --quiet --workspace --locked --no-run
# In the same folder and profile: what it shares with the tests is not compiled again.
cargo build --quiet --locked --manifest-path bench/oha/Cargo.toml --target-dir target
for build in "${builds[@]}"; do wait "$build"; done
