# A way's Terraform: the sum of its parts'. Must not know a way by name.
{ way, ... }:
{
  imports = [
    ./options.nix
    ./provider.nix
    ./probe.nix
    ./compute/${way.compute}.nix
    ./store/${way.store}.nix
    # A cluster makes its own balancers.
    (if way.compute == "k8s" then ./kubernetes/front/${way.front}.nix else ./front/${way.front}.nix)
  ];
}
