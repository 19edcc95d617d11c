# The count in S3, by conditional writes.
{
  imports = [ ./any-process.nix ];
}
