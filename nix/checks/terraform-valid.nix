# OpenTofu and AWS' own provider take the Terraform of every way.
{ pkgs, packages, ... }:
pkgs.runCommand "terraform-valid"
  {
    nativeBuildInputs = [ (pkgs.opentofu.withPlugins (plugins: [ plugins.hashicorp_aws ])) ];
  }
  ''
    for way in ${packages.terraform}/*.tf.json; do
      cp --force "$way" main.tf.json
      # All have the same providers: the first one's are there for the rest.
      [ -d .terraform ] || tofu init -backend=false -input=false -no-color >/dev/null
      tofu validate -no-color >printed || { cat printed; echo "$way"; exit 1; }
    done
    touch $out
  ''
