# The count in PostgreSQL, which adds.
{
  imports = [ ./any-process.nix ];
}
