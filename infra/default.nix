# The Terraform of each way, as terranix composes it from the parts: plain values, nothing is built. What a deployment
# chooses (its name, its region, the file that it deploys) is a variable. By way, its blocks (blocks.nix): the `text` of
# each, and as its `name` a hash of it.
{ pkgs, terranix }:
let
  inherit (pkgs) lib;
  inherit (import ../nix/ways.nix { inherit lib; }) model ways;
  blocks = import ./blocks.nix { inherit lib; };

  # What the parts read of a way, beside its name. Of its language they read the runtime, where AWS has it: an image and a
  # server bring their own. Ways that have all of it in common differ by their names alone.
  read = way: {
    inherit (way)
      arch
      compute
      front
      store
      ;
    runtime =
      if model.compute.${way.compute}.artifact == "zip" then
        model.language.${way.language}.runtime
      else
        null;
  };
  # Such ways are evaluated as one, of this name.
  anyName = "@way@";
  called = lib.replaceStrings [ anyName ];
  isNamed = text: called [ "" ] text != text;

  render =
    way:
    let
      evaluated = import "${terranix}/core" {
        inherit pkgs;
        extraArgs = {
          inherit model;
          way = way // {
            name = anyName;
          };
        };
        modules = [
          { disabledModules = [ "${terranix}/core/terraform-options.nix" ]; }
          ./values.nix
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
      texts = map builtins.toJSON (blocks {
        inherit (evaluated) config;
        # What of checkov's findings is meant so, and why.
        accepted = lib.filterAttrs (address: _: has address) evaluated._meta.accepted;
      });
      parted = lib.partition isNamed texts;
    in
    # At once: what a way was evaluated from is then free before the next one is.
    builtins.deepSeq texts {
      named = parted.right;
      shared = map block parted.wrong;
    };
  block = text: {
    inherit text;
    name = builtins.substring 0 10 (builtins.hashString "sha256" text);
  };

  key = way: builtins.toJSON (read way);
  rendered = lib.mapAttrs (_: alike: render (read (lib.head alike))) (
    lib.groupBy key (lib.attrValues ways)
  );
in
lib.mapAttrs (
  name: way:
  let
    it = rendered.${key way};
  in
  it.shared ++ map (text: block (called [ name ] text)) it.named
) ways
