# All Nix files: formatted, no dead code, no anti-pattern.
{
  self,
  pkgs,
  sources,
  ...
}:
pkgs.runCommand "lint"
  {
    nativeBuildInputs = [
      self.formatter.${pkgs.stdenv.hostPlatform.system}
      pkgs.deadnix
      pkgs.statix
    ];
  }
  ''
    find ${sources.nix} -name '*.nix' -exec nixfmt --check {} +
    deadnix --fail ${sources.nix}
    statix check ${sources.nix}
    touch $out
  ''
