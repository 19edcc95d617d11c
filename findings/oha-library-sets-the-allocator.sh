#!/usr/bin/env bash
# oha: whoever links its library gets jemalloc as the allocator of the whole program, and can set no other.
#
# A library that offers `run(options)` to other programs (oha has one since 1.9) leaves the choice of an allocator, one
# would guess, to the program: `#[global_allocator]` is for binaries. oha's `src/lib.rs` has it, in 1.16.0 as in 1.9.0, and
# no feature takes it out. Each program that links it builds jemalloc with `configure` and `make` in each profile (192 s
# of one processor here), allocates by it whether it knows or not, and does not compile with an allocator of its own.
#
# Seen with oha 1.9.0, rustc 1.95.0 (2026-11-28):
#   a program that never names an allocator links jemalloc: yes
#   a program with an allocator of its own: error: the `#[global_allocator]` in this crate conflicts with global allocator in: oha
#
# Around it: replace `tikv-jemallocator` by a crate that re-exports `std::alloc::System` as `Jemalloc`, by
# `[patch.crates-io]` (bench/oha/allocator), or run oha as a program.
# Exits with 1 if the behaviour changes. Needs cargo, make, a C compiler, a crates.io registry; leaves nothing behind.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cargo init --quiet --vcs none --name linker .
cargo add --quiet oha@=1.9.0 --no-default-features --features rustls
cat >src/main.rs <<'RUST'
fn main() {
    // Never run: what is linked is looked at.
    if std::env::args().count() > 99 {
        std::hint::black_box(oha::run as fn(_) -> _);
    }
    println!("{}", vec![0_u8; 100].len());
}
RUST
cargo build --quiet
linked=no
if grep --quiet --text --fixed-strings '<jemalloc>' target/debug/linker; then linked=yes; fi
echo "a program that never names an allocator links jemalloc: $linked"

sed -i '1i #[global_allocator]\nstatic OWN: std::alloc::System = std::alloc::System;\n' src/main.rs
refusal=$(cargo build 2>&1 | grep '^error: the `#\[global_allocator\]`' || true)
echo "a program with an allocator of its own: $refusal"

[ "$linked" = yes ] && [ "$refusal" = 'error: the `#[global_allocator]` in this crate conflicts with global allocator in: oha' ]
