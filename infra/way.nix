# A way's Terraform: the sum of its parts'. Must not know a way by name. Of `way` they read what default.nix hands them:
# neither its language, for which its `runtime` stands, nor anything of its `name` but all of it.
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
