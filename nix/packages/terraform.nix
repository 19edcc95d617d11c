# The Terraform of each way, rendered for people to read and for the lab to deploy: `WAY.tf.json`, and beside it
# `WAY.checkov.json`, what of checkov's findings is meant so and why. Nothing but the files has to be built.
{ pkgs, terranix }:
let
  inherit (pkgs) lib;
  rendered = import ../../infra { inherit pkgs terranix; };

  files =
    name: ways:
    pkgs.runCommand name
      {
        nativeBuildInputs = [ pkgs.jq ];
        ways = builtins.toJSON (lib.mapAttrs (_: way: { inherit (way) config accepted; }) ways);
        passAsFile = [ "ways" ];
        # Where it is built, below the build's own folder: no matter, as nix/reproduced.nix shows.
        folder = ".";
      }
      ''
        mkdir --parents $out $folder
        cd $folder
        # Three lines of each way: all ways together are megabytes, and are read once.
        jq --raw-output 'to_entries[] | .key, (.value.config, .value.accepted | tojson)' "$waysPath" |
          while read -r way && read -r config && read -r accepted; do
            jq --sort-keys . <<<"$config" >"$out/$way.tf.json"
            jq --sort-keys . <<<"$accepted" >"$out/$way.checkov.json"
          done
      '';
in
{
  all = files "terraform" rendered;
  each = lib.mapAttrs (name: way: files "terraform-${name}" { ${name} = way; }) rendered;
  every = pkgs.writeText "ways.json" (import ../../infra/every.nix { inherit lib rendered; });
}
