# Aurora PostgreSQL Serverless v2: a cluster, which is the storage, and one instance on it, whose capacity follows its load.
{
  config,
  model,
  way,
  ...
}:
let
  inherit (model.store.${way.store}.instance) class acu;
  inherit (config.lab) database;
in
{
  imports = [ ../database.nix ];

  lab = {
    # The instance's own name, not the cluster's, which is there before: who needs it waits for the instance. Another could not become
    # the writer.
    database.address = "\${aws_rds_cluster_instance.counter.endpoint}";
    accepted = {
      "aws_rds_cluster.counter" = {
        CKV_AWS_139 = database.reasons.destroyed;
        CKV_AWS_162 = database.reasons.password;
        CKV_AWS_313 = "The only snapshots are its day's backups, which go with it.";
        CKV_AWS_324 = database.reasons.logged;
        CKV_AWS_327 = "Encrypted with RDS' own key. A key of one's own costs $1 a month.";
        CKV2_AWS_8 = "The count of a lab: nobody restores it, and it goes with the deployment.";
        CKV2_AWS_27 = database.reasons.statements;
      };
      "aws_rds_cluster_instance.counter" = {
        CKV_AWS_118 = database.reasons.monitored;
        CKV_AWS_353 = "The lab measures from outside; and it would want two capacity units at least.";
      };
    };
  };

  resource = {
    aws_rds_cluster.counter = database.settings // {
      cluster_identifier = "lab-\${var.name}";
      engine = "aurora-postgresql";
      database_name = database.name;
      master_username = database.name;
      master_password = "\${local.password}";
      # Aurora has backups in any case; those of one day are free, and go with the cluster.
      backup_retention_period = 1;
      delete_automated_backups = true;
      serverlessv2_scaling_configuration = {
        min_capacity = acu.least;
        max_capacity = acu.most;
      };
    };
    aws_rds_cluster_instance.counter = database.instance // {
      identifier = "lab-\${var.name}";
      cluster_identifier = "\${aws_rds_cluster.counter.id}";
      engine = "\${aws_rds_cluster.counter.engine}";
      instance_class = class;
      apply_immediately = true;
    };
  };
}
