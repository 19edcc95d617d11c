# The lab's command line. It finds no artifact by itself: nix/apps.nix gives it those that Nix built; on a Mac it builds
# them in a checkout.
{ pkgs }:
let
  native = import ../cargo/native.nix { inherit pkgs; };
in
native.lab {
  # What else is made of the workspace: what both depend on is evaluated once.
  passthru = { inherit (native) check; };
  meta = {
    description = "Compares ways to deploy one small service";
    license = pkgs.lib.licenses.mit;
    mainProgram = "lab";
    # Those that bench/cloud/src/platform knows.
    platforms = pkgs.lib.platforms.linux ++ [ "aarch64-darwin" ];
  };
}
