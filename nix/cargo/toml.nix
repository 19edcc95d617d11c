# Values as TOML, in inline tables: Cargo reads what evaluation made of a manifest.
{ lib }:
let
  value =
    it:
    if lib.isAttrs it then
      "{ ${lib.concatStringsSep ", " (pairs it)} }"
    else if lib.isList it then
      "[ ${lib.concatMapStringsSep ", " value it} ]"
    else
      # Strings, numbers and booleans are JSON's.
      builtins.toJSON it;
  pairs = lib.mapAttrsToList (name: it: "${builtins.toJSON name} = ${value it}");
in
table: lib.concatMapStrings (line: line + "\n") (pairs table)
