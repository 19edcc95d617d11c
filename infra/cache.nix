# A cache of Valkey in the VPC of the service, which alone reaches it, and by TLS.
{
  config,
  lib,
  model,
  way,
  ...
}:
let
  inherit (model.store.${way.store}.engine) port;
  plain = import ./store/url.nix {
    inherit lib model;
  } way.store "${config.lab.cache.address}:${toString port}";
in
{
  imports = [ ./security-groups.nix ];

  options.lab.cache.address = lib.mkOption {
    type = lib.types.str;
    description = "Where it is called, without its port.";
  };

  config.lab = {
    # The scheme of its protocol under TLS.
    store.url = lib.replaceStrings [ "valkey://" ] [ "valkeys://" ] plain;
    securityGroups = {
      cache = {
        description = "The cache with the count";
        accepts = [
          {
            from = "service";
            inherit port;
            description = "Valkey, from the service";
          }
        ];
      };
      service.calls = [
        {
          to = "cache";
          inherit port;
          description = "Valkey, to the count";
        }
      ];
    };
  };
}
