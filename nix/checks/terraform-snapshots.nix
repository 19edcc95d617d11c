# What infra/rendered keeps is what is rendered and evaluated, so that a change of it is seen in a review: the
# catalogue's Terraform, all ways as one text, and the facts of the machine images, of which only those of the default parts
# are evaluated here: `.#rendered` has all.
{
  self,
  pkgs,
  packages,
  ...
}:
let
  inherit (pkgs) lib;
  folder = ../../infra/rendered;
  machines = self.nixosConfigurations;
  facts = {
    made = import ../packages/images.nix { inherit lib machines; };
    kept = builtins.toJSON (
      lib.getAttrs (lib.attrNames machines) (lib.importJSON (folder + "/images.json"))
    );
  };
in
pkgs.runCommand "terraform-snapshots"
  (
    facts
    // {
      nativeBuildInputs = [ pkgs.jq ];
      passAsFile = lib.attrNames facts;
    }
  )
  ''
    jq --sort-keys . "$madePath" >images.json
    jq --sort-keys . "$keptPath" >kept.json
    failed() {
      echo "infra/rendered is not what infra renders: write it anew by \`just rendered\`"
      exit 1
    }
    diff --unified kept.json images.json || failed
    for kept in ${folder}/*.tf.json ${folder}/*.checkov.json; do
      diff --unified "$kept" ${packages.terraform}/$(basename "$kept") || failed
    done
    diff --unified ${folder}/ways.json ${packages.terraform-text} || failed
    touch $out
  ''
