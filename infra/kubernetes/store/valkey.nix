# The count in Valkey, which adds.
{
  imports = [ ./any-process.nix ];
}
