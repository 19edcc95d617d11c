# A file: on the service's own disk, or on EFS where the compute has no disk that lasts.
{
  config,
  lib,
  model,
  ...
}:
let
  inherit (config.lab) target;
  # The image's user (nix/image.nix).
  user = 65532;
in
{
  imports = [ ../security-groups.nix ];

  config = lib.mkMerge [
    {
      lab.store = {
        url = import ./url.nix { inherit lib model; } "file" model.service.folder;
        exclusive = !model.store.file.shared;
      };
    }
    (lib.mkIf (!target.hasDisk) {
      resource = {
        aws_efs_file_system.counter = {
          encrypted = true;
          tags.Name = "lab-\${var.name}";
        };
        aws_efs_mount_target.counter = {
          count = config.lab.front.zones;
          file_system_id = "\${aws_efs_file_system.counter.id}";
          subnet_id = "\${local.subnet_ids[count.index]}";
          security_groups = [ "\${aws_security_group.files.id}" ];
        };
        # The service sees its own folder as the root, as its own user.
        aws_efs_access_point.counter = {
          file_system_id = "\${aws_efs_file_system.counter.id}";
          posix_user = {
            uid = user;
            gid = user;
          };
          root_directory = {
            path = "/counter";
            creation_info = {
              owner_uid = user;
              owner_gid = user;
              permissions = "750";
            };
          };
        };
        aws_efs_file_system_policy.counter = {
          file_system_id = "\${aws_efs_file_system.counter.id}";
          policy = "\${data.aws_iam_policy_document.files.json}";
        };
        # Its name is resolved by then (EFS User Guide, "Managing mount targets"): three tasks that fail to mount it end
        # the deployment.
        terraform_data.files_resolved = {
          triggers_replace = "\${aws_efs_mount_target.counter[*].id}";
          provisioner.local-exec.command = "sleep 90";
        };
      };

      # The one statement that allows it: with TLS, through the access point, as the service's role. In one account a
      # statement of the role's would allow it as well, without these conditions.
      data.aws_iam_policy_document.files.statement = {
        principals = {
          type = "AWS";
          identifiers = [ "\${aws_iam_role.task.arn}" ];
        };
        actions = [
          "elasticfilesystem:ClientMount"
          "elasticfilesystem:ClientWrite"
        ];
        resources = [ "\${aws_efs_file_system.counter.arn}" ];
        condition = [
          {
            test = "Bool";
            variable = "aws:SecureTransport";
            values = [ "true" ];
          }
          {
            test = "StringEquals";
            variable = "elasticfilesystem:AccessPointArn";
            values = [ "\${aws_efs_access_point.counter.arn}" ];
          }
        ];
      };

      lab = {
        store.volume = {
          name = "counter";
          efs_volume_configuration = {
            file_system_id = "\${aws_efs_file_system.counter.id}";
            transit_encryption = "ENABLED";
            authorization_config = {
              access_point_id = "\${aws_efs_access_point.counter.id}";
              iam = "ENABLED";
            };
          };
        };
        store.dependsOn = [
          "aws_efs_file_system_policy.counter"
          "terraform_data.files_resolved"
        ];
        securityGroups.files = {
          description = "The file system with the count";
          accepts = [
            {
              from = "service";
              port = 2049;
              description = "NFS, from the service";
            }
          ];
        };
        securityGroups.service.calls = [
          {
            to = "files";
            port = 2049;
            description = "NFS, to the count";
          }
        ];
        accepted."aws_efs_file_system.counter" = {
          CKV_AWS_184 = "Encrypted with EFS' own key. A key of one's own costs $1 a month.";
        };
      };
    })
  ];
}
