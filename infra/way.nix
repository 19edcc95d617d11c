# A way's Terraform: the sum of its parts'. Must not know a way by name.
{ way, ... }:
{
  imports = [
    ./options.nix
    ./provider.nix
    ./probe.nix
    # It imports its front: a cluster makes its own balancers.
    ./compute/${way.compute}.nix
    ./store/${way.store}.nix
  ];
}
