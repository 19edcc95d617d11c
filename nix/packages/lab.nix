# The lab's command line. It finds no artifact by itself: nix/apps.nix gives it those that Nix built; on a Mac it builds
# them in a checkout.
{ pkgs }:
let
  sources = import ../sources.nix { inherit (pkgs) lib; };
in
pkgs.rustPlatform.buildRustPackage {
  pname = "lab";
  inherit ((fromTOML (builtins.readFile ../../Cargo.toml)).workspace.package) version;
  src = sources.workspace;
  cargoLock.lockFile = ../../Cargo.lock;
  cargoBuildFlags = [ "--package=lab" ];
  # They run in nix/checks.
  doCheck = false;
  meta = {
    description = "Compares ways to deploy one small service";
    license = pkgs.lib.licenses.mit;
    mainProgram = "lab";
    # Those that bench/cloud/src/platform knows.
    platforms = pkgs.lib.platforms.linux ++ [ "aarch64-darwin" ];
  };
}
