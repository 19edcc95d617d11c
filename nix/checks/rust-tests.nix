# All tests of the workspace. The lab's run the artifacts that Nix built.
{ pkgs, packages, ... }:
packages.lab.overrideAttrs (lab: {
  pname = "rust-tests";
  nativeBuildInputs = lab.nativeBuildInputs ++ [
    pkgs.aws-lambda-rie
    pkgs.git
  ];
  LAB_ARTIFACTS = packages.artifacts;
  buildPhase = ''
    runHook preBuild
    cargo test --workspace --locked --offline
    runHook postBuild
  '';
  installPhase = "touch $out";
})
