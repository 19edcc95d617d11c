# Shapes of JSON objects as option types: a wrong key, a missing one or a value of another type is an error of the
# evaluation, with the path to it. Must not know any object of Kubernetes or of kOps.
{ lib }:
let
  inherit (lib) mkOption types;
in
rec {
  # An object with these fields and no others.
  record =
    fields:
    types.submodule {
      options = lib.mapAttrs (
        _: field: if field ? mayBeAbsent then absent field else present field
      ) fields;
    };

  # A field that may be left out.
  optional = type: { mayBeAbsent = type; };

  # A field of one value, which need not be written.
  always = value: {
    type = types.enum [ value ];
    default = value;
  };

  # What only Terraform knows when it renders, beside what Nix knows.
  known = type: types.either (types.strMatching "\\$\\{.*}") type;

  # A value of these types as JSON has it: without the fields that were left out.
  rendered =
    value:
    if lib.isAttrs value then
      lib.mapAttrs (_: rendered) (lib.filterAttrs (_: field: field != null) value)
    else if lib.isList value then
      map rendered value
    else
      value;

  present =
    field:
    mkOption (
      if lib.isOptionType field then
        { type = field; }
      else
        {
          inherit (field) type default;
        }
    );

  absent =
    field:
    mkOption {
      type = types.nullOr field.mayBeAbsent;
      default = null;
    };
}
