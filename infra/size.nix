# Variables by which a deployment's size is chosen, and what AWS refuses of them: a wrong one fails at the plan, not
# after minutes of an apply. Which sizes there are stands in ways.toml.
{ lib, model }:
let
  # As Terraform's expressions have a list: JSON is one of their notations.
  list = builtins.toJSON;
  oneOf = name: description: default: words: {
    type = "string";
    inherit description default;
    validation = {
      condition = "\${contains(${list words}, var.${name})}";
      error_message = "${name} is one of ${lib.concatStringsSep ", " words}.";
    };
  };
  ofArch = arch: lib.filter (type: type.arch == arch) model.instance;
in
{
  # An instance type of an architecture.
  instanceType =
    name: description: default: arch:
    oneOf name description default (map (type: type.name) (ofArch arch));

  # An instance type with room for a cluster's own pods.
  nodeType =
    name: description: facts: arch:
    oneOf name description facts.default_size.${arch} (
      map (type: type.name) (
        lib.filter (type: type.memory_mib >= facts.sizes.node.from_mib) (ofArch arch)
      )
    );

  # Terraform's condition for an instance type that earns credits: the others refuse to be asked for them.
  bursts =
    arch: type:
    "contains(${
      list (map (type: type.name) (lib.filter (type: type ? credits_per_hour) (ofArch arch)))
    }, ${type})";

  # A power of Lightsail's.
  power =
    name: description: default:
    oneOf name description default (map (power: power.name) model.power);

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
