# The menu: `just` lists it.

_list:
    @just --list

# Measure the catalogue, and print the table.
bench *ARGUMENTS:
    cargo run --release -- bench {{ARGUMENTS}}

# Start ways, and keep them up until Ctrl-C.
up *WAYS:
    cargo run --release -- up {{WAYS}}

# All tests.
test:
    cargo test --workspace

# What CI checks.
ci:
    .ci/run

# The figures against peers: server, file store, Lambda.
peers:
    cargo bench --workspace

# Rewrite the schema of run.json from its types.
schema:
    cargo run --release -- schema > bench/lab/run.schema.json

# Format everything.
format:
    cargo fmt --all

# Rewrite the list of ways that Nix is held against.
ways-json:
    cargo run --release -- ways --all --json > nix/ways.json

# Rewrite the catalogue's Terraform that the repository keeps.
rendered:
    rendered=$(nix build --no-link --print-out-paths .#terraform) && for kept in infra/rendered/*; do cp --no-preserve=mode "$rendered/$(basename "$kept")" "$kept"; done
