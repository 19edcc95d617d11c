# RDS for PostgreSQL: one instance.
{
  config,
  model,
  way,
  ...
}:
let
  inherit (model.store.${way.store}) instance;
  inherit (config.lab) database;
in
{
  imports = [ ../database.nix ];

  lab = {
    database.address = "\${aws_db_instance.counter.address}";
    accepted."aws_db_instance.counter" = {
      CKV_AWS_118 = database.reasons.monitored;
      CKV_AWS_129 = database.reasons.logged;
      CKV_AWS_133 = "The count of a lab: nobody restores it, and it goes with the deployment.";
      CKV_AWS_157 = "One zone, as the service: a second one doubles the price.";
      CKV_AWS_161 = database.reasons.password;
      CKV_AWS_293 = database.reasons.destroyed;
      CKV_AWS_353 = database.reasons.measured;
      CKV2_AWS_30 = database.reasons.statements;
      CKV2_AWS_60 = "It has no snapshots.";
    };
  };

  resource.aws_db_instance.counter =
    database.settings
    // database.instance
    // {
      identifier = "lab-\${var.name}";
      engine = "postgres";
      instance_class = instance.class;
      allocated_storage = instance.storage_gib;
      storage_type = "gp3";
      db_name = database.name;
      username = database.name;
      password = "\${local.password}";
      multi_az = false;
      # No backups.
      backup_retention_period = 0;
    };
}
