# The Terraform of ways as one text (of all of them infra/rendered/ways.json, so that the tests hold it without Nix).
# Ways share most of their blocks: each block stands once, on a line of its own, by a hash of it.
{ lib }:
rendered:
let
  distinct = lib.listToAttrs (
    map ({ name, text }: lib.nameValuePair name text) (lib.concatLists (lib.attrValues rendered))
  );
  lines = write: set: lib.concatStringsSep ",\n" (lib.mapAttrsToList write set);
in
''
  {
  "blocks": {
  ${lines (name: text: "${builtins.toJSON name}: ${text}") distinct}
  },
  "ways": {
  ${lines (
    way: blocks:
    "${builtins.toJSON way}: ${
      builtins.toJSON (lib.sort lib.lessThan (map (block: block.name) blocks))
    }"
  ) rendered}
  }
  }
''
