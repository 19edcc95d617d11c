# The server in a function: AWS's Web Adapter, which AWS publishes as a layer, gets the events and calls the server.
{
  lib,
  way,
  model,
  ...
}:
let
  inherit (model.compute.lambdaweb) adapter;
  inherit (adapter) environment;
  inherit (way) runtime;
in
{
  imports = [ ../zip.nix ];

  resource.aws_lambda_function.counter = {
    handler = runtime.server;
    layers = [ "arn:aws:lambda:\${var.region}:${adapter.account}:layer:${adapter.layer.${way.arch}}" ];
    environment.variables = {
      # Where the server listens if nothing else is given.
      ${environment.port} = toString model.service.port;
      ${environment.ready} = model.service.health.path;
    }
    # A runtime of one's own is the server itself.
    // lib.optionalAttrs (!lib.hasPrefix "provided." runtime.name) {
      ${environment.wrapper} = adapter.wrapper;
    };
  };
}
