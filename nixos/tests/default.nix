# A file here is a NixOS test, `vm-NAME`. They need KVM.
{
  self,
  pkgs,
  folder,
}:
let
  inherit (pkgs) lib;
in
lib.mapAttrs' (
  name: path:
  lib.nameValuePair "vm-${name}" (pkgs.testers.runNixOSTest (import path { inherit self; }))
) (folder.files ./.)
