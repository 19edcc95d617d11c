# What it takes to work on all of this: `nix develop`.
{ pkgs }:
let
  inherit (pkgs) lib;
in
pkgs.mkShell {
  packages =
    (with pkgs; [
      # Rust
      cargo
      clippy
      rustc
      rustfmt
      # the other languages
      cmake
      pkg-config
      nodejs
      (python3.withPackages (packages: [ packages.pip ]))
      # measuring
      hyperfine
      oha
      # deploying
      awscli2
      kops
      kubectl
      (opentofu.withPlugins (plugins: [ plugins.hashicorp_aws ]))
      skopeo
      terranix
      # the repository
      deadnix
      just
      statix
    ])
    # Browser tests, and AWS's runtime interface emulator.
    ++ lib.optionals pkgs.stdenv.hostPlatform.isLinux [
      pkgs.aws-lambda-rie
      pkgs.chromedriver
      pkgs.chromium
    ];

  # The libraries of the C++ functions.
  buildInputs = [
    pkgs.curl
    pkgs.gtest
    pkgs.nlohmann_json
    pkgs.tl-expected
  ];
}
