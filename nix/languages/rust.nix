# The Rust services: static executables in the profile in which the lab measures them, all from one build, so that
# what they share is built once.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;
  stores = (import ../ways.nix { inherit lib; }).functions.rust;

  build = import ../static-rust.nix { inherit target folder; } {
    pname = "services";
    src = sources.rustServices;
    packages = [
      "server"
      "lambda"
    ];
  };

  # One executable with its notices, so that nothing else is deployed with it.
  only =
    name: as:
    pkgs.runCommand name
      {
        meta.mainProgram = baseNameOf as;
        # Static: all that is deployed is this file, and the licences of what is linked into it.
        allowedReferences = [ ];
      }
      ''
        install -D --mode=755 ${build}/bin/${name} $out/${as}
        install -D --mode=644 ${../../services/THIRD-PARTY-NOTICES.txt} $out/THIRD-PARTY-NOTICES.txt
      '';
in
{
  inherit build;
  server = rec {
    package = only "server" "bin/server";
    content = "${package}/bin/server";
    entrypoint = {
      program = content;
      args = [ ];
      env = { };
    };
  };
  functions = lib.genAttrs stores (store: only "lambda-${store}" "bootstrap");
  runtime = _store: null;
}
