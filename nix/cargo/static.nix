# Static Rust executables in the profile in which the lab measures them.
{
  pkgs,
  target,
  # Where the build takes place, below its own folder.
  folder ? ".",
}:
{
  pname,
  # Cargo's, with all their executables.
  packages,
  # What they include beside their own folders.
  files ? [ ],
}:
let
  inherit (pkgs) lib;
  part = import ./workspace.nix { inherit lib; } { roots = packages; };
  cargo = import ./build.nix {
    inherit pkgs part folder;
    inherit (target.static) rustPlatform;
    # These replace the flags that nixpkgs would write to Cargo's configuration.
    flags = "--remap-path-prefix=$(dirname $PWD)=/build --codegen=target-feature=+crt-static";
  };
  shared = {
    buildType = "service";
    cargoBuildFlags = map (package: "--package=${package}") packages ++ [
      "--bins"
      # As the profile has it, against the hook, which leaves it to a later phase.
      "--config=profile.service.strip=true"
    ];
    # A static executable looks for no library.
    env.NIX_NO_SELF_RPATH = true;
  };
in
cargo.package (
  shared
  // {
    inherit pname;
    src = (import ../sources.nix { inherit lib; }).of ([ part.sources ] ++ files);
    from = cargo.dependencies (shared // { pname = "${pname}-dependencies"; });
    dontStrip = true;
  }
)
