# A file here is a check, and so is a NixOS test in nixos/tests (`vm-NAME`): `nix flake check` runs them all.
{
  self,
  pkgs,
  folder,
}:
let
  inherit (pkgs) lib;
  arguments = {
    inherit self pkgs;
    packages = self.packages.${pkgs.stdenv.hostPlatform.system};
    sources = import ../sources.nix { inherit lib; };
  };
  check = _: path: import path arguments;
  vm =
    name: path:
    lib.nameValuePair "vm-${name}" (pkgs.testers.runNixOSTest (import path { inherit self; }));
in
lib.mapAttrs check (folder.files ./.) // lib.mapAttrs' vm (folder.files ../../nixos/tests)
