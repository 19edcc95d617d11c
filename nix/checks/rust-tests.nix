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
packages.lab-unwrapped.check "rust-tests" sources.workspace "test" {
  nativeBuildInputs = [
    pkgs.aws-lambda-rie
    pkgs.git
  ];
  # With as many threads as Cargo's own configuration has for them.
  env = (pkgs.lib.importTOML ../../.cargo/config.toml).env // {
    LAB_ARTIFACTS = packages.artifacts;
    LAB_OHA = lib.getExe packages.oha;
    # The sandbox has no network, control groups or browser, and all services are built; the others are .ci/run's.
    LAB_REQUIRE = "all,-aws,-axe,-boto3,-browser,-cgroup,-checkov,-crates,-duckdb,-languages,-moto,-registry,-script,-terraform";
  };
}
