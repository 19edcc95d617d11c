# Variables by which a deployment's size is chosen, and what AWS refuses of them: a wrong one fails at the plan, not
# after minutes of an apply.
{ lib }:
let
  # As Terraform's expressions have a list: JSON is one of their notations.
  list = builtins.toJSON;
in
{
  # A word out of a list; the first is the default.
  oneOf = name: description: words: {
    type = "string";
    inherit description;
    default = lib.head words;
    validation = {
      condition = "\${contains(${list words}, var.${name})}";
      error_message = "${name} is one of ${lib.concatStringsSep ", " words}.";
    };
  };

  # A whole number within bounds.
  between = name: description: default: low: high: {
    type = "number";
    inherit description default;
    validation = {
      condition = "\${var.${name} >= ${toString low} && var.${name} <= ${toString high} && floor(var.${name}) == var.${name}}";
      error_message = "${name} is a whole number from ${toString low} to ${toString high}.";
    };
  };
}
