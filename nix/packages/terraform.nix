# The Terraform of each way, rendered for people to read and for the lab to deploy: `WAY.tf.json`, and beside it
# `WAY.checkov.json`, what of checkov's findings is meant so and why. Nothing but the files has to be built.
{ pkgs, terranix }:
let
  inherit (pkgs) lib;
  rendered = import ../../infra { inherit pkgs terranix; };
  text = import ../../infra/every.nix { inherit lib; };
  every = pkgs.writeText "ways.json" (text rendered);

  files =
    name: ways:
    pkgs.runCommand name
      {
        nativeBuildInputs = [ pkgs.jq ];
        inherit ways;
        # Where it is built, below the build's own folder: no matter, as nix/reproduced.nix shows.
        folder = ".";
      }
      ''
        mkdir --parents $out $folder
        cd $folder
        # Three lines of each way: all ways together are megabytes, and are read once.
        jq --raw-output '
          .blocks as $blocks | .ways | to_entries[]
          | reduce $blocks[.value[]] as $block ({ key, config: {}, accepted: {} }; setpath($block.path; $block.value))
          | .key, (.config, .accepted | tojson)
        ' $ways |
          while read -r way && read -r config && read -r accepted; do
            jq --sort-keys . <<<"$config" >"$out/$way.tf.json"
            jq --sort-keys . <<<"$accepted" >"$out/$way.checkov.json"
          done
      '';
in
{
  all = files "terraform" every;
  each = lib.mapAttrs (
    name: way:
    files "terraform-${name}" (
      pkgs.writeText "${name}.json" (text {
        ${name} = way;
      })
    )
  ) rendered;
  inherit every;
}
