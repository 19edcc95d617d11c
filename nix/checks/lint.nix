# All Nix files: formatted, no dead code, no anti-pattern.
{ pkgs, sources, ... }:
pkgs.runCommand "lint"
  {
    nativeBuildInputs = [
      (pkgs.nixfmt-rs or pkgs.nixfmt)
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
