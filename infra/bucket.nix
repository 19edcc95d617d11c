# Buckets: private, encrypted, TLS only, and deleted with the deployment, whatever is in them.
{ config, lib, ... }:
let
  each = make: lib.mapAttrs make config.lab.buckets;
  id = name: "\${aws_s3_bucket.${name}.id}";
  arn = name: "\${aws_s3_bucket.${name}.arn}";
in
{
  options.lab.buckets = lib.mkOption {
    default = { };
    description = "The buckets of the way, each `aws_s3_bucket.NAME`.";
    type = lib.types.attrsOf (
      lib.types.submodule {
        options = {
          prefix = lib.mkOption {
            type = lib.types.str;
            description = "How its name begins.";
          };
          expire_after_days = lib.mkOption {
            type = lib.types.nullOr lib.types.ints.positive;
            default = null;
            description = "After how many days its objects are deleted; null: never.";
          };
        };
      }
    );
  };

  config = lib.mkIf (config.lab.buckets != { }) {
    resource = {
      # The names of buckets are one space for all of AWS: the provider adds what makes them unique.
      aws_s3_bucket = each (
        _: bucket: {
          bucket_prefix = "${bucket.prefix}-";
          force_destroy = true;
        }
      );
      aws_s3_bucket_public_access_block = each (
        name: _: {
          bucket = id name;
          block_public_acls = true;
          block_public_policy = true;
          ignore_public_acls = true;
          restrict_public_buckets = true;
        }
      );
      aws_s3_bucket_server_side_encryption_configuration = each (
        name: _: {
          bucket = id name;
          rule.apply_server_side_encryption_by_default.sse_algorithm = "AES256";
        }
      );
      aws_s3_bucket_policy = each (
        name: _: {
          bucket = id name;
          policy = "\${data.aws_iam_policy_document.${name}_bucket.json}";
        }
      );
      aws_s3_bucket_lifecycle_configuration = each (
        name: bucket: {
          bucket = id name;
          rule = [
            {
              id = "unfinished-uploads";
              status = "Enabled";
              filter = { };
              abort_incomplete_multipart_upload.days_after_initiation = 1;
            }
          ]
          ++ lib.optional (bucket.expire_after_days != null) {
            id = "expired-objects";
            status = "Enabled";
            filter = { };
            expiration.days = bucket.expire_after_days;
          };
        }
      );
    };

    data.aws_iam_policy_document = lib.mapAttrs' (
      name: _:
      lib.nameValuePair "${name}_bucket" {
        statement = {
          sid = "TlsOnly";
          effect = "Deny";
          principals = {
            type = "*";
            identifiers = [ "*" ];
          };
          actions = [ "s3:*" ];
          resources = [
            (arn name)
            "${arn name}/*"
          ];
          condition = {
            test = "Bool";
            variable = "aws:SecureTransport";
            values = [ "false" ];
          };
        };
      }
    ) config.lab.buckets;

    lab.accepted = lib.mapAttrs' (
      name: _:
      lib.nameValuePair "aws_s3_bucket.${name}" {
        CKV_AWS_18 = "One service reads it, and logs by itself: an access log would be a second bucket for nothing.";
        CKV_AWS_21 = "It holds nothing that anybody would restore, and old versions would be charged.";
        CKV_AWS_144 = "A lab's bucket needs no second region.";
        CKV_AWS_145 = "Encrypted with S3's own key. A key of one's own costs $1 a month, and by the call.";
        CKV2_AWS_62 = "Nothing waits for its events.";
      }
    ) config.lab.buckets;
  };
}
