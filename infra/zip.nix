# A function's package as a zip, run by a runtime of AWS's, or by the executable `bootstrap` in it.
{ way, ... }:
{
  imports = [ ./function.nix ];

  variable.artifact = {
    type = "string";
    description = "The zip that `nix build .#${way.name}` makes.";
  };

  resource.aws_lambda_function.counter = {
    filename = "\${var.artifact}";
    # A plan may be made before there is a zip.
    source_code_hash = "\${fileexists(var.artifact) ? filebase64sha256(var.artifact) : null}";
    runtime = way.runtime.name;
  };
}
