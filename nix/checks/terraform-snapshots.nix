# What infra/rendered keeps is what is rendered and evaluated, so that a change of it is seen in a review: the
# catalogue's Terraform, all ways as one text, and the facts of the machine images.
{ pkgs, packages, ... }:
pkgs.runCommand "terraform-snapshots" { } ''
  for kept in ${../../infra/rendered}/*; do
    name=$(basename "$kept")
    made=${packages.terraform}/$name
    [ -e "$made" ] || made=${packages.rendered}/$name
    diff --unified "$kept" "$made" || {
      echo "infra/rendered is not what infra renders: write it anew by \`just rendered\`"
      exit 1
    }
  done
  touch $out
''
