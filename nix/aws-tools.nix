# What the lab runs to deploy. OpenTofu has AWS's provider, so that nothing is downloaded.
{ pkgs }:
[
  pkgs.awscli2
  pkgs.kops
  pkgs.kubectl
  (pkgs.opentofu.withPlugins (plugins: [ plugins.hashicorp_aws ]))
  pkgs.skopeo
]
