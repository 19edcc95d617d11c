# A bucket with one object, and the right to read and write that one.
_:
let
  bucket = "\${aws_s3_bucket.counter.arn}";
in
{
  imports = [ ../bucket.nix ];

  lab.buckets.counter.prefix = "lab-\${var.name}-counter";

  lab.store = {
    url = "s3://\${aws_s3_bucket.counter.bucket}/hits";
    statements = [
      {
        actions = [
          "s3:GetObject"
          "s3:PutObject"
        ];
        resources = [ "${bucket}/hits" ];
      }
      {
        # Without it, S3 tells 403 of an object that is not there yet, and not 404.
        actions = [ "s3:ListBucket" ];
        resources = [ bucket ];
      }
    ];
  };
}
