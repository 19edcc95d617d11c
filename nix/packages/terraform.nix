# The Terraform of each way, rendered for people to read and for the lab to deploy: `WAY.tf.json`, and beside it
# `WAY.checkov.json`, what of checkov's findings is meant so and why. Needs nothing to be built but the files.
{ pkgs, terranix }:
let
  inherit (pkgs) lib;
  rendered = import ../../infra { inherit pkgs terranix; };

  files = name: way: ''
    jq --sort-keys . < ${pkgs.writeText "config" (builtins.toJSON way.config)} > $out/${name}.tf.json
    jq --sort-keys . < ${pkgs.writeText "accepted" (builtins.toJSON way.accepted)} > $out/${name}.checkov.json
  '';
  folder =
    name: ways:
    pkgs.runCommand name { nativeBuildInputs = [ pkgs.jq ]; } (
      "mkdir $out\n" + lib.concatStrings (lib.mapAttrsToList files ways)
    );
in
{
  all = folder "terraform" rendered;
  each = lib.mapAttrs (name: way: folder "terraform-${name}" { ${name} = way; }) rendered;
}
