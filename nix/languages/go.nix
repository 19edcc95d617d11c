# The Go services: static executables, from the modules of their lock.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;
  stores = (import ../ways.nix { inherit lib; }).functions.go;
  source = sources.service [ ../../services/go ];
  build = (
    pkgs.buildGoModule {
      pname = "counter-go";
      inherit ((lib.importTOML ../../Cargo.toml).workspace.package) version;
      src = source;
      modRoot = "services/go";
      # Of `go mod vendor`: Nix prints the new one when go.sum changes.
      vendorHash = "sha256-1+Ig3I50TicbV54DmervgpvPbADzWf0j2WwVDVyYoGg=";
      env = {
        CGO_ENABLED = "0";
        GOOS = "linux";
        GOARCH = target.goarch;
      };
      tags = [ "lambda.norpc" ];
      ldflags = [
        "-s"
        "-w"
      ];
      # They run in .ci/checks.
      doCheck = false;
      # Where the build takes place must not show: -trimpath is the builder's own.
      preBuild = "mkdir --parents ${folder}";
      # Of another architecture Go installs into a folder of its own.
      postInstall = "find $out/bin -mindepth 2 -type f -exec mv {} $out/bin ';'; find $out/bin -mindepth 1 -type d -delete";
    }
  );

  # One executable with its notices.
  only =
    name: as:
    pkgs.runCommand "go-${name}" { meta.mainProgram = baseNameOf as; } ''
      install -D --mode=755 ${build}/bin/${name} $out/${as}
      install -D --mode=644 ${source}/services/go/THIRD-PARTY-NOTICES.txt $out/THIRD-PARTY-NOTICES.txt
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
  zipped.executable = "bootstrap";

  tools = [
    pkgs.go
    pkgs.go-tools
  ];
  formatter = {
    package = pkgs.go;
    program = "gofmt";
    options = [ "-w" ];
    includes = [ "*.go" ];
  };
}
