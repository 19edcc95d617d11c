# The ways of Nix are those of the lab: nix/ways.json is what `lab ways --all --json` prints, which a test of the lab
# holds, so this one needs no build.
{ pkgs, ... }:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; }) ways;
  listed = lib.importJSON ../ways.json;
  byName = lib.listToAttrs (map (way: lib.nameValuePair way.name way) listed);
  differing = lib.filter (name: ways.${name} or null != byName.${name} or null) (
    lib.attrNames (ways // byName)
  );
in
assert lib.assertMsg (differing == [ ])
  "nix/ways.nix and nix/ways.json differ in ${toString differing}: write the latter anew: cargo run --release -- ways --all --json > nix/ways.json";
pkgs.runCommand "ways" { } "echo ${toString (lib.length listed)} ways > $out"
