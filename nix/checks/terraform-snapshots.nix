# The catalogue's Terraform as the repository keeps it is what is rendered: a change of it is seen in a review.
{ pkgs, packages, ... }:
pkgs.runCommand "terraform-snapshots" { } ''
  for kept in ${../../infra/rendered}/*; do
    diff --unified "$kept" ${packages.terraform}/"$(basename "$kept")" || {
      echo "infra/rendered is not what infra renders: write it anew by \`just rendered\`"
      exit 1
    }
  done
  touch $out
''
