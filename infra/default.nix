# The Terraform of each way, as terranix composes it from the parts: plain values, nothing is built. What a deployment
# chooses (its name, its region, the file that it deploys) is a variable.
{ pkgs, terranix }:
let
  inherit (pkgs) lib;
  inherit (import ../nix/ways.nix { inherit lib; }) model ways;

  render =
    _: way:
    let
      evaluated = import "${terranix}/core" {
        inherit pkgs;
        extraArgs = { inherit way model; };
        modules = [
          ./way.nix
          (
            { config, ... }:
            {
              _meta = { inherit (config.lab) accepted; };
            }
          )
        ];
      };
      # A part may explain more than this way has of it. Addresses are Terraform's: those of data begin so.
      has =
        address:
        let
          kinds = evaluated.config.resource // {
            data = evaluated.config.data or { };
          };
        in
        lib.hasAttrByPath (lib.splitString "." address) kinds;
      made = {
        inherit (evaluated) config;
        # What of checkov's findings is meant so, and why.
        accepted = lib.filterAttrs (address: _: has address) evaluated._meta.accepted;
      };
    in
    # At once: what a way was evaluated from is then free before the next one is.
    builtins.deepSeq made made;
in
lib.mapAttrs render ways
