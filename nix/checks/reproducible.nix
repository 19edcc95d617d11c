# Each zip of this system's architecture, built a second time in another folder and at another time, is the same to the
# bit. The result has both hashes; `nix run .#reproduce` prints them.
{
  pkgs,
  packages,
  ...
}:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; }) model ways;
  again = import ../deployed.nix {
    inherit pkgs;
    pkgsFor = _: pkgs;
    folder = "elsewhere/again";
  };
  arch = if pkgs.stdenv.hostPlatform.isAarch64 then "arm64" else "x86_64";
  # A zip is the same behind every front.
  functions = lib.filter (
    way:
    model.compute.${way.compute}.kind == "function"
    && way.arch == arch
    && way.front == model.compute.${way.compute}.default_front
  ) (lib.attrValues ways);
  compare = way: "compare ${way.name} ${packages.${way.name}} ${again.zip way}";
in
pkgs.runCommand "reproducible" { } ''
  compare() {
    first=$(sha256sum < $2) second=$(sha256sum < $3)
    printf '%-28s %s %s\n' "$1" "''${first%  -}" "''${second%  -}" | tee --append $out
    [ "$first" = "$second" ]
  }
  ${lib.concatMapStringsSep "\n" compare functions}
  compare server ${packages.server}/bin/server ${
    again.services.${arch}.rust.server.package
  }/bin/server
''
