# A function of its own package.
{
  lib,
  way,
  model,
  ...
}:
{
  imports = [ ../zip.nix ];

  resource.aws_lambda_function.counter.handler =
    lib.replaceStrings [ "{store}" ] [ model.store.${way.store}.service ]
      way.runtime.handler;
}
