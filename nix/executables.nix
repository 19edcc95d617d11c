# What a language's file makes of services that are static executables: each with the licences of what is linked into it,
# so that nothing else is deployed with it.
{ pkgs, target }:
{
  # Has bin/server, and bin/lambda-STORE for each of `stores`.
  build,
  stores,
  notices,
  # What Nix checks of each: `allowedReferences`.
  checks ? { },
}:
let
  inherit (pkgs) lib;
  only =
    name: as:
    pkgs.runCommand name ({ meta.mainProgram = baseNameOf as; } // checks) ''
      # The processor that an ELF file is for is in its bytes 18 and 19.
      machine=$(od --address-radix=n --skip-bytes=18 --read-bytes=1 --format=u1 ${build}/bin/${name})
      [ "$machine" -eq ${toString target.elfMachine} ] || { echo "${name} is for another processor"; exit 1; }
      install -D --mode=755 ${build}/bin/${name} $out/${as}
      install -D --mode=644 ${notices} $out/THIRD-PARTY-NOTICES.txt
    '';
in
{
  server = rec {
    package = only "server" "bin/server";
    content = "${package}/bin/server";
    start = program: {
      inherit program;
      args = [ ];
      env = { };
    };
  };
  adapted = {
    folder = only "server" "bootstrap";
    runtime = null;
  };
  functions = lib.genAttrs stores (store: only "lambda-${store}" "bootstrap");
  runtime = _store: null;
}
