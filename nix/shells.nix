# `nix develop`: `default` to work on the code, `full` also for what deploys, browses and emulates.
{ pkgs }:
let
  inherit (pkgs) lib;
  languages = import ./languages { inherit pkgs; };
  tools = lib.concatMap (language: language.tools) (lib.attrValues languages);
  code = tools ++ [
    (import ./formatter.nix { inherit pkgs; })
    pkgs.clippy
    pkgs.rust-analyzer
    pkgs.rustfmt
    pkgs.deadnix
    pkgs.just
    pkgs.statix
  ];
in
{
  default = pkgs.mkShell {
    packages = code;
    # For rust-analyzer.
    RUST_SRC_PATH = pkgs.rustPlatform.rustLibSrc;
  };

  full = pkgs.mkShell {
    packages =
      code
      ++ (import ./aws-tools.nix { inherit pkgs; })
      ++ [
        # measuring against peers
        pkgs.hyperfine
        pkgs.oha
        pkgs.terranix
      ]
      # Browser tests, and AWS's runtime interface emulator.
      ++ lib.optionals pkgs.stdenv.hostPlatform.isLinux [
        pkgs.aws-lambda-rie
        pkgs.chromedriver
        pkgs.chromium
      ];
  };
}
