# Each zip is small enough to be fetched at a cold start, and what an own runtime starts is executable at its root.
{ pkgs, packages, ... }:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; }) model ways;
  languages = import ../languages { inherit pkgs; };
  arch = if pkgs.stdenv.hostPlatform.isAarch64 then "arm64" else "x86_64";
  # Those of functions alone: a server's in a function is as large as the server.
  functions = lib.filter (
    way:
    model.compute.${way.compute}.kind == "function"
    && model.compute.${way.compute}.artifact == "zip"
    && !(model.compute.${way.compute} ? adapter)
    && way.arch == arch
  ) (lib.attrValues ways);
  look =
    way:
    let
      inherit (languages.${way.language}) zipped;
    in
    "look ${packages.${way.name}} ${zipped.executable or zipped.file} ${
      if zipped ? executable then "-rwxr-xr-x" else "-rw-r--r--"
    } ${toString (zipped.bytes or "")}";
in
pkgs.runCommand "zips" { nativeBuildInputs = [ pkgs.unzip ]; } ''
  # look ZIP FILE MODE [BYTES]
  look() {
    unzip -Z -s "$1" | tee --append $out
    unzip -Z -s "$1" "$2" | grep --quiet "^$3"
    [ -z "''${4-}" ] || [ "$(stat --format=%s "$1")" -le "$4" ]
  }
  # Zips that ways share are looked at once.
  ${lib.concatLines (lib.unique (map look functions))}
''
