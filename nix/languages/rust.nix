# The Rust services: static executables in the profile in which the lab measures them, all from one build, so that
# what they share is built once.
{
  pkgs,
  target,
  folder,
  ...
}:
let
  inherit (pkgs) lib;
  stores = (import ../ways.nix { inherit lib; }).functions.rust;

  build = import ../cargo/static.nix { inherit pkgs target folder; } {
    pname = "services";
    files = [ ../../services/page.html ];
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
  zipped = {
    executable = "bootstrap";
    # .ci/run's bar of 3 MB is for the lab's own, which take libc from the system; these carry it.
    bytes = 3200000;
  };

  tools = [
    pkgs.cargo
    pkgs.rustc
  ];
  formatter = {
    package = pkgs.rustfmt;
    options = [
      "--edition"
      "2024"
      "--config-path"
      "rustfmt.toml"
    ];
    includes = [ "*.rs" ];
  };
}
