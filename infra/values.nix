# The sections of Terraform's configuration, in the place of terranix's own (core/terraform-options.nix), whose type puts
# each leaf of each value through all of the module system. This one takes the same values and merges them to the same, and
# what a single part defines it looks through and takes as it is.
{ lib, ... }:
let
  inherit (lib) all mkOption types;
  inherit (builtins) isAttrs isList typeOf;

  # By the word of its type, whether a value has nothing that the module system resolves (`mkIf` and its like), and nothing
  # that JSON lacks.
  plain = {
    bool = _: true;
    float = _: true;
    int = _: true;
    null = _: true;
    string = _: true;
    list = all isPlain;
    set = set: !set ? _type && all isPlain (lib.attrValues set);
    lambda = _: false;
    path = _: false;
  };
  isPlain = it: plain.${typeOf it} it;

  value = lib.mkOptionType {
    name = "terraform";
    description = "value of Terraform's: null, a boolean, a number, a string, or a list or set of such";
    check = it: isAttrs it || isList it || isPlain it;
    merge =
      loc: defs:
      let
        every = is: all (def: is def.value) defs;
      in
      if lib.length defs == 1 && every isPlain then
        (lib.head defs).value
      else if every isAttrs then
        (types.attrsOf value).merge loc defs
      else if every isList then
        (types.listOf value).merge loc defs
      else
        lib.mergeEqualOption loc defs;
    emptyValue.value = { };
  };
  section =
    description:
    mkOption {
      type = value;
      default = { };
      inherit description;
    };
in
{
  options = {
    # Of terranix's: it goes beside the configuration, not into it.
    _meta = section "What is known of the configuration beside it.";
    data = section "What is read of AWS.";
    ephemeral = section "What is read, and not kept in the state.";
    import = section "What is there, and is taken over.";
    locals = section "Values that are named.";
    module = section "Modules of Terraform's.";
    output = section "What a deployment prints.";
    provider = section "How the provider is set up.";
    resource = section "What is made.";
    terraform = section "Which Terraform and which providers.";
    variable = section "What a deployment chooses.";
  };
}
