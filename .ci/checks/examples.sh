#!/usr/bin/env bash
# The examples: each is built by its own command, from its lock, and run by the lab as a server, as a function, as a server
# in a function. It fails where a call is not answered as its app.toml expects.
. .ci/lib.sh

packages build-essential cmake python3 python3-pip python3-venv
npm_package
command -v go >/dev/null || packages golang-go
# As the tests have built it (fuzz.sh).
cargo test --quiet --workspace --locked --no-run
# What they answer is looked at here, not how fast.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256
for example in examples/*/; do
    ways=()
    ! grep -q '^\[server\]' "$example/app.toml" || ways+=(ec2 lambdaweb@512)
    ! grep -q '^\[function\]' "$example/app.toml" || ways+=(lambda@512)
    run=$(mktemp -d)
    echo "lab bench --app $example ${ways[*]}"
    target/debug/lab bench --app "$example" "${ways[@]}" --quick --rounds 1 --profile bare --output "$run/run" >"$run/table" ||
        { cat "$run/table"; exit 1; }
    rm -rf "$run"
done
