# Each zip is small enough to be fetched at a cold start, and what an own runtime starts is executable at its root.
{ pkgs, packages, ... }:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; }) model ways;
  arch = if pkgs.stdenv.hostPlatform.isAarch64 then "arm64" else "x86_64";
  functions = lib.filter (way: model.compute.${way.compute}.kind == "function" && way.arch == arch) (
    lib.attrValues ways
  );
  # Zips that ways share are looked at once.
  zips = lib.unique (map (way: "${way.language} ${packages.${way.name}}") functions);
in
pkgs.runCommand "zips" { nativeBuildInputs = [ pkgs.unzip ]; } ''
  look() {
    unzip -Z -s "$2" | tee --append $out
    case $1 in
      rust | cpp) unzip -Z -s "$2" bootstrap | grep --quiet '^-rwxr-xr-x' ;;
      javascript) unzip -Z -s "$2" index.mjs >/dev/null ;;
      python) unzip -Z -s "$2" counter/page.html >/dev/null ;;
    esac
    # 3 MB is the bar of the lab's own (.ci/run), which take libc from the system; these carry it. The others carry
    # an SDK in an interpreted language.
    [ "$1" != rust ] || [ "$(stat --format=%s "$2")" -le 3200000 ]
  }
  ${lib.concatMapStringsSep "\n" (zip: "look ${zip}") zips}
''
