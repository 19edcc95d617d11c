# All tests of the workspace. The lab's run the artifacts that Nix built.
{ pkgs, packages, ... }:
packages.lab.overrideAttrs (lab: {
  pname = "rust-tests";
  nativeBuildInputs = lab.nativeBuildInputs ++ [
    pkgs.aws-lambda-rie
    pkgs.git
  ];
  LAB_ARTIFACTS = packages.artifacts;
  # The sandbox has neither control groups nor a browser; the others are .ci/run's.
  LAB_REQUIRE = "all,-aws,-boto3,-browser,-cgroup,-checkov,-moto,-registry,-script,-terraform";
  buildPhase = ''
    runHook preBuild
    cargo test --workspace --locked --offline
    runHook postBuild
  '';
  installPhase = "touch $out";
})
