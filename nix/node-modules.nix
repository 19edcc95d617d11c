# The packages of an npm lock where npm would put them, each fetched and verified by its own hash in the lock: neither
# npm nor a hash of all of them is needed. No package's script is run.
{ pkgs }:
name: lockFile:
let
  inherit (pkgs) lib;
  platform = pkgs.stdenv.hostPlatform.node;
  fits = words: word: words == null || lib.elem word (lib.toList words);
  isWanted =
    path: package:
    path != ""
    && !(package.dev or false)
    && fits (package.os or null) platform.platform
    && fits (package.cpu or null) platform.arch;

  fetched =
    path: package:
    let
      # node_modules/a/node_modules/@scope/b holds @scope/b, unless the lock names another.
      npmName = package.name or (lib.last (lib.splitString "node_modules/" path));
    in
    pkgs.fetchurl {
      url = "https://registry.npmjs.org/${npmName}/-/${baseNameOf npmName}-${package.version}.tgz";
      hash = package.integrity;
    };
  unpacked = path: package: ''
    mkdir -p $out/${path}
    tar --extract --gzip --strip-components=1 --no-same-owner --file ${fetched path package} --directory $out/${path}
  '';
in
pkgs.runCommand name { } (
  lib.concatStrings (
    lib.mapAttrsToList unpacked (lib.filterAttrs isWanted (lib.importJSON lockFile).packages)
  )
)
