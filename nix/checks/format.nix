# All files that `nix fmt` formats are as it leaves them.
{
  self,
  pkgs,
  sources,
  ...
}:
pkgs.runCommand "format"
  {
    nativeBuildInputs = [ self.formatter.${pkgs.stdenv.hostPlatform.system} ];
  }
  ''
    cp --recursive --no-preserve=mode ${sources.formatted} tree
    cd tree
    treefmt --ci --walk=filesystem
    touch $out
  ''
