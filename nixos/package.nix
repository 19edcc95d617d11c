# The counter's module with this flake's server: `services.counter.enable = true` is all that it needs.
{ self }:
{ lib, pkgs, ... }:
{
  imports = [ self.nixosModules.services-counter ];
  services.counter.package = lib.mkDefault self.packages.${pkgs.stdenv.hostPlatform.system}.server;
}
