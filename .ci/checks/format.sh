#!/usr/bin/env bash
# Rust and Nix files: format; Nix: dead code.
. .ci/lib.sh

cargo fmt --all --check
cargo fmt --check --manifest-path services/idiomatic/Cargo.toml
cargo fmt --check --manifest-path bench/oha/Cargo.toml
cargo fmt --check --manifest-path examples/axum-dynamodb/Cargo.toml

# Built without optimisation: they run for less time than that takes.
cargo install --quiet --locked --debug --root "$tools" nixfmt_rs@0.5.3 deadnix@1.3.1
mapfile -t nix_files < <(git ls-files '*.nix')
"$tools/bin/nixfmt" --check "${nix_files[@]}"
"$tools/bin/deadnix" --fail "${nix_files[@]}"
