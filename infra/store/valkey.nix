# A serverless cache of Valkey, in the VPC of the service, which alone reaches it: by TLS, as every serverless cache is.
{
  config,
  lib,
  model,
  ...
}:
let
  inherit (config.lab.store) zones;
  inherit (model.store.valkey.engine) port;
  endpoint = "\${aws_elasticache_serverless_cache.counter.endpoint[0].address}:${toString port}";
  plain = import ./url.nix { inherit lib model; } "valkey" endpoint;
in
{
  imports = [ ../security-groups.nix ];

  lab = {
    store = {
      # The scheme of its protocol under TLS.
      url = lib.replaceStrings [ "valkey://" ] [ "valkeys://" ] plain;
      # The fewest (ElastiCache User Guide, "Creating a serverless cache": subnets in two zones or more).
      zones = 2;
    };
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

  resource.aws_elasticache_serverless_cache.counter = {
    name = "lab-\${var.name}";
    description = "The count of the deployment \${var.name}";
    engine = "valkey";
    major_engine_version = "8";
    subnet_ids = "\${slice(local.subnet_ids, 0, ${toString zones})}";
    security_group_ids = [ "\${aws_security_group.cache.id}" ];
    # The least bound that there is, for twenty bytes.
    cache_usage_limits.data_storage = {
      maximum = 1;
      unit = "GB";
    };
  };
}
