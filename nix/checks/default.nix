# A file here is a check, and so is a NixOS test in nixos/tests (`vm-NAME`): `nix flake check` runs them all.
{
  self,
  pkgs,
  folder,
}:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) system;
  arguments = {
    inherit self pkgs;
    packages = self.legacyPackages.${system} // self.packages.${system};
    sources = import ../sources.nix { inherit lib; };
  };
  check = _: path: import path arguments;
  vm =
    name: path:
    lib.nameValuePair "vm-${name}" (pkgs.testers.runNixOSTest (import path { inherit self; }));
in
lib.mapAttrs check (folder.files ./.) // lib.mapAttrs' vm (folder.files ../../nixos/tests)
