# clippy over all targets.
{
  pkgs,
  packages,
  sources,
  ...
}:
# In the place of the members' compiler: what they depend on is then what is built for the tests.
packages.lab-unwrapped.check "rust-lints" sources.rust "build --all-targets" {
  nativeBuildInputs = [ pkgs.clippy ];
  env = {
    RUSTC_WORKSPACE_WRAPPER = "clippy-driver";
    CLIPPY_ARGS = "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";
  };
}
