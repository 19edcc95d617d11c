# A bucket with one object, and the right to read and write that one.
{ lib, model, ... }:
let
  bucket = "\${aws_s3_bucket.counter.arn}";
in
{
  imports = [ ../bucket.nix ];

  lab.buckets.counter.prefix = "lab-\${var.name}-counter";

  lab.store = {
    url = import ./url.nix { inherit lib model; } "s3" "\${aws_s3_bucket.counter.bucket}";
    statements = [
      {
        actions = [
          "s3:GetObject"
          "s3:PutObject"
        ];
        resources = [ "${bucket}/${model.service.counter}" ];
      }
      {
        # Without it, S3 answers 403 for an object that does not exist yet, and not 404.
        actions = [ "s3:ListBucket" ];
        resources = [ bucket ];
      }
    ];
  };
}
