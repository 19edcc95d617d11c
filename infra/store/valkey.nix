# A serverless cache of Valkey, which has TLS in any case.
{ config, ... }:
let
  inherit (config.lab.store) zones;
in
{
  imports = [ ../cache.nix ];

  lab = {
    cache.address = "\${aws_elasticache_serverless_cache.counter.endpoint[0].address}";
    # The fewest (ElastiCache User Guide, "Creating a serverless cache": subnets in two zones or more).
    store.zones = 2;
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
