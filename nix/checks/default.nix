# A file here is a check, and so is each package and each shell: `nix flake check` builds them all. None needs
# virtualisation or another processor; what does is in `legacyPackages` (vm-NAME: nixos/tests), and so is `rebuilds`.
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
  prefixed = prefix: lib.mapAttrs' (name: lib.nameValuePair "${prefix}-${name}");
in
lib.mapAttrs (_: path: import path arguments) (folder.files ./.)
// prefixed "package" self.packages.${system}
// prefixed "shell" self.devShells.${system}
