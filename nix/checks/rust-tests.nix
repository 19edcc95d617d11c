# All tests of the workspace, in the lab's own profile (.ci/run has debug assertions), on the artifacts that Nix built.
{
  pkgs,
  packages,
  sources,
  ...
}:
let
  inherit (pkgs) lib;
in
(import ../cargo/native.nix { inherit pkgs; }).check "rust-tests" sources.workspace "test" {
  nativeBuildInputs = [
    pkgs.aws-lambda-rie
    pkgs.git
  ];
  env = {
    LAB_ARTIFACTS = packages.artifacts;
    LAB_OHA = lib.getExe packages.oha;
    # The sandbox has neither control groups nor a browser; the others are .ci/run's.
    LAB_REQUIRE = "all,-aws,-boto3,-browser,-cgroup,-checkov,-crates,-moto,-registry,-script,-terraform";
  };
}
