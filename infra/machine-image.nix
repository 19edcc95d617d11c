# A machine image: the disk goes into a bucket, from there into a snapshot, and the snapshot is registered. The bucket's
# key is a hash of what it holds, so that the same disk is imported once.
{ way, ... }:
let
  disk = import ./disk.nix;
in
{
  imports = [
    ./bucket.nix
    ./role.nix
  ];

  variable.artifact = {
    type = "string";
    description = "The disk (.${disk.extension}) that `nix build .#${way.name}` makes.";
  };

  lab = {
    buckets.disk = {
      prefix = "lab-\${var.name}-disk";
      # Of no use once the snapshot is there.
      expire_after_days = 1;
    };
    # What VM Import/Export needs (its user guide, "Required service role"), for this one bucket.
    roles.import = {
      service = "vmie.amazonaws.com";
      conditions = [
        {
          test = "StringEquals";
          variable = "sts:Externalid";
          values = [ "vmimport" ];
        }
      ];
      statements = [
        {
          actions = [
            "s3:GetBucketLocation"
            "s3:GetObject"
            "s3:ListBucket"
          ];
          resources = [
            "\${aws_s3_bucket.disk.arn}"
            "\${aws_s3_bucket.disk.arn}/*"
          ];
        }
        {
          actions = [
            "ec2:CopySnapshot"
            "ec2:Describe*"
            "ec2:ModifySnapshotAttribute"
            "ec2:RegisterImage"
          ];
          # Snapshots have no name that could be given before they are made.
          resources = [ "*" ];
        }
      ];
    };
    accepted."data.aws_iam_policy_document.import" = {
      CKV_AWS_109 = "As VM Import/Export's guide has it; whom a snapshot is shared with is its only permission there.";
      CKV_AWS_111 = "As VM Import/Export's guide has it: snapshots have no name before they are made.";
      CKV_AWS_356 = "As VM Import/Export's guide has it: snapshots have no name before they are made.";
    };
  };

  resource = {
    aws_s3_object.disk = {
      bucket = "\${aws_s3_bucket.disk.id}";
      key = "\${fileexists(var.artifact) ? filesha256(var.artifact) : \"unbuilt\"}.${disk.extension}";
      source = "\${var.artifact}";
    };
    aws_ebs_snapshot_import.disk = {
      role_name = "\${aws_iam_role.import.name}";
      encrypted = true;
      disk_container = {
        format = disk.import;
        user_bucket = {
          s3_bucket = "\${aws_s3_bucket.disk.id}";
          s3_key = "\${aws_s3_object.disk.key}";
        };
      };
      tags.Name = "lab-\${var.name}";
      depends_on = [
        "aws_iam_role_policy.import"
        "aws_s3_bucket_policy.disk"
      ];
      # AWS takes minutes for a GB.
      timeouts.create = "60m";
    };
    aws_ami.counter = {
      name = "lab-\${var.name}-\${substr(aws_s3_object.disk.key, 0, 16)}";
      architecture = way.arch;
      virtualization_type = "hvm";
      boot_mode = if way.arch == "arm64" then "uefi" else "legacy-bios";
      ena_support = true;
      imds_support = "v2.0";
      root_device_name = "/dev/xvda";
      ebs_block_device = [
        {
          device_name = "/dev/xvda";
          snapshot_id = "\${aws_ebs_snapshot_import.disk.id}";
          volume_type = "gp3";
          delete_on_termination = true;
        }
      ];
      lifecycle.create_before_destroy = true;
    };
  };
}
