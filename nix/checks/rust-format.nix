# rustfmt, with the repository's settings.
{ pkgs, sources, ... }:
pkgs.runCommand "rust-format"
  {
    nativeBuildInputs = [
      pkgs.cargo
      pkgs.rustfmt
    ];
  }
  ''
    cd ${sources.workspace}
    cargo fmt --all --check
    touch $out
  ''
