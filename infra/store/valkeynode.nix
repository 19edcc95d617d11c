# One node of Valkey. A replication group it is by name alone: of Valkey AWS makes no other cluster (ElastiCache API,
# CreateCacheCluster: "This API doesn't support Valkey engine. Please use CreateReplicationGroup API").
{ model, way, ... }:
let
  inherit (model.store.${way.store}) engine instance;
in
{
  imports = [ ../cache.nix ];

  lab = {
    cache.address = "\${aws_elasticache_replication_group.counter.primary_endpoint_address}";
    accepted."aws_elasticache_replication_group.counter" = {
      CKV_AWS_31 = "It is encrypted, and its group lets in the service alone: a password would be one more secret to store.";
      CKV_AWS_191 = "Encrypted with ElastiCache's own key. A key of one's own costs $1 a month.";
      CKV2_AWS_50 = "One node, as the way says: a replica in another zone would double what it costs.";
    };
  };

  resource = {
    # One zone, the first, in which instances and workers stand too.
    aws_elasticache_subnet_group.counter = {
      name = "lab-\${var.name}";
      description = "The count of the deployment \${var.name}";
      subnet_ids = [ "\${local.subnet_ids[0]}" ];
    };
    aws_elasticache_replication_group.counter = {
      replication_group_id = "lab-\${var.name}";
      description = "The count of the deployment \${var.name}";
      engine = "valkey";
      engine_version = "8.0";
      node_type = instance.class;
      num_cache_clusters = 1;
      inherit (engine) port;
      subnet_group_name = "\${aws_elasticache_subnet_group.counter.name}";
      security_group_ids = [ "\${aws_security_group.cache.id}" ];
      at_rest_encryption_enabled = true;
      # As a serverless cache, so that the service is the same. A replication group has it if it is asked for (ElastiCache User
      # Guide, "ElastiCache in-transit encryption (TLS)": Valkey 7.2 and later, all current node types).
      transit_encryption_enabled = true;
      # Not in a week's maintenance window.
      apply_immediately = true;
    };
  };
}
