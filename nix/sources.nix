# What each build reads, and nothing else: a change elsewhere rebuilds nothing (nix/rebuilds.nix). Cargo's members
# have theirs from nix/cargo/workspace.nix.
{ lib }:
let
  inherit (lib.fileset)
    fileFilter
    toSource
    unions
    ;
  root = ../.;
  of =
    files:
    toSource {
      inherit root;
      fileset = unions files;
    };

  cargo = [
    ../Cargo.toml
    ../Cargo.lock
    ../bench
    ../clippy.toml
    ../services/counter
    ../services/lambda
    ../services/odd_requests.json
    ../services/page.html
    ../services/server
    ../ways.toml
  ];
in
{
  inherit of;

  # All that Cargo builds.
  rust = of cargo;

  # … and what the tests read beside it.
  workspace = of (
    cargo
    ++ [
      ../.ci
      ../.github
      ../ARCHITECTURE.md
      ../CHANGELOG.md
      ../CONTRIBUTING.md
      ../LICENSE
      ../README.md
      ../SECURITY.md
      ../deny.toml
      ../docs
      ../examples
      ../findings
      ../flake.lock
      ../flake.nix
      ../fuzz
      ../infra
      ../justfile
      ../nix
      ../nixos
      ../rust-toolchain.toml
      ../rustfmt.toml
      ../services
      ../setup
      ../ways.json
    ]
  );

  # A service's own files, with what every language reads.
  service =
    files:
    of (
      [
        ../ways.json
        ../services/page.html
      ]
      ++ files
    );

  # The flake as the lab needs it to build what it runs: without documents and checks.
  flake = of [
    ../Cargo.lock
    ../Cargo.toml
    ../bench
    ../flake.lock
    ../flake.nix
    ../infra
    ../nix
    ../nixos
    ../services
    ../ways.json
    ../ways.toml
  ];

  # All files of these patterns of treefmt's, and what formatters read beside them.
  formatted =
    patterns:
    of [
      (fileFilter (
        file:
        file.hasExt "clang-format"
        || lib.any (pattern: lib.hasSuffix (lib.removePrefix "*" (baseNameOf pattern)) file.name) patterns
      ) root)
    ];

  nix = of [ (fileFilter (file: file.hasExt "nix") root) ];
}
