# clippy over all targets.
{ pkgs, packages, ... }:
packages.lab.overrideAttrs (lab: {
  pname = "rust-lints";
  nativeBuildInputs = lab.nativeBuildInputs ++ [ pkgs.clippy ];
  buildPhase = ''
    runHook preBuild
    cargo clippy --workspace --all-targets --locked --offline -- --deny warnings
    runHook postBuild
  '';
  installPhase = "touch $out";
})
