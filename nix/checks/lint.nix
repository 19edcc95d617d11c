# All Nix files: no dead code, no anti-pattern.
{ pkgs, sources, ... }:
pkgs.runCommand "lint"
  {
    nativeBuildInputs = [
      pkgs.deadnix
      pkgs.statix
    ];
  }
  ''
    deadnix --fail ${sources.nix}
    statix check ${sources.nix}
    touch $out
  ''
