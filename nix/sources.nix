# What each build reads, and nothing else: a change elsewhere rebuilds nothing.
{ lib }:
let
  inherit (lib.fileset) toSource unions fileFilter;
  root = ../.;
  source =
    files:
    toSource {
      inherit root;
      fileset = unions files;
    };

  workspace = [
    ../Cargo.toml
    ../Cargo.lock
    ../services/page.html
    ../services/counter
    ../services/lambda
    ../services/server
  ];

  # Cargo wants to see that the workspace's other members have what their manifests name, but reads none of it.
  members = [
    ../bench/cloud/benches
    (fileFilter (
      file:
      lib.elem file.name [
        "Cargo.toml"
        "lib.rs"
        "main.rs"
      ]
    ) ../bench)
  ];
in
{
  rustServices = source (workspace ++ members);

  probe = source (
    workspace
    ++ members
    ++ [
      ../bench/load
      ../bench/probe
      ../bench/programs
    ]
  );

  # All that Cargo builds and tests, and what the tests read.
  workspace = source (
    workspace
    ++ [
      ../ways.toml
      ../bench
      ../infra
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
      ../rust-toolchain.toml
      ../services/THIRD-PARTY-NOTICES.txt
      ../setup
      ../clippy.toml
      ../rustfmt.toml
      ../ways.json
    ]
  );

  # A service's own files, with what every language reads.
  service =
    files:
    source (
      [
        ../ways.json
        ../services/page.html
      ]
      ++ files
    );

  nix = source [ (fileFilter (file: file.hasExt "nix") root) ];
}
