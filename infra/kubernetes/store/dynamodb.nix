# The count in DynamoDB, which adds.
{
  imports = [ ./any-process.nix ];
}
