# A function of its own package.
{
  lib,
  way,
  model,
  ...
}:
let
  inherit (model.language.${way.language}) runtime;
in
{
  imports = [ ../zip.nix ];

  resource.aws_lambda_function.counter.handler =
    lib.replaceStrings [ "{store}" ] [ model.store.${way.store}.service ]
      runtime.handler;
}
