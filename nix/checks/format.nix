# All files that `nix fmt` formats are as it leaves them.
{
  self,
  pkgs,
  sources,
  ...
}:
let
  inherit (pkgs) lib;
  formatter = self.formatter.${pkgs.stdenv.hostPlatform.system};
  patterns = lib.concatMap (it: it.includes) (lib.attrValues formatter.config.settings.formatter);
in
pkgs.runCommand "format" { nativeBuildInputs = [ formatter ]; } ''
  cp --recursive --no-preserve=mode ${sources.formatted patterns} tree
  cd tree
  treefmt --ci --walk=filesystem
  touch $out
''
