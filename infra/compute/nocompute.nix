# No compute: the front calls the store itself, by this role.
{ config, way, ... }:
{
  imports = [
    ../front/${way.front}.nix
    ../role.nix
  ];

  lab.roles.gateway = {
    service = "apigateway.amazonaws.com";
    inherit (config.lab.store) statements;
  };

  output.url.value = config.lab.front.url;
}
