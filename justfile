# The menu: `just` lists it.

_list:
    @just --list

# Install what is missing beyond Rust.
setup:
    ./setup

# Measure the catalogue, and print the tables.
bench *ARGUMENTS:
    cargo run --release -- bench {{ARGUMENTS}}

# Start ways, and keep them up until Ctrl-C.
up *WAYS:
    cargo run --release -- up {{WAYS}}

# All Rust tests.
test:
    cargo test --workspace

# What CI checks, or some of it.
ci *CHECKS:
    .ci/run {{CHECKS}}

# The figures against peers: server, file store, Lambda.
peers:
    cargo bench --workspace

# Format everything that has a formatter here.
format:
    cargo fmt --all
    cd services/python && ruff format .

# Rewrite what is generated and held fresh: schemas, ways.json, the table of crates, notices.
generated:
    cargo run --release -- schema > bench/lab/run.schema.json
    cargo run --release -- ways --facts > ways.json
    LAB_UPDATE=1 cargo test --workspace --test it repository::generated

# Rewrite what infra/rendered keeps: the catalogue's Terraform, all ways as one text, the machine images' facts.
rendered:
    made=$(nix build --no-link --print-out-paths .#terraform .#rendered) && for kept in infra/rendered/*; do for folder in $made; do [ ! -e "$folder/$(basename "$kept")" ] || cp --no-preserve=mode "$folder/$(basename "$kept")" "$kept"; done; done
