# The Go services: static executables, from the modules of their lock.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;

  # Go compiles for every processor. The builder takes both words from its compiler, and overrides `env`'s.
  builder = pkgs.buildGoModule.override {
    go = pkgs.go // {
      GOOS = "linux";
      GOARCH = target.goarch;
    };
  };
  build = builder {
    pname = "counter-go";
    inherit ((lib.importTOML ../../Cargo.toml).workspace.package) version;
    src = sources.service [ ../../services/go ];
    preUnpack = "mkdir --parents ${folder} && cd ${folder}";
    sourceRoot = "source/services/go";
    # Of `go mod vendor`: Nix prints the new one when go.sum changes.
    vendorHash = "sha256-ZRx+8/2Ew8mL+Oqms1IFaDTcHmaSxkw8Jr8CFKi9ovE=";
    env.CGO_ENABLED = "0";
    tags = [ "lambda.norpc" ];
    ldflags = [
      "-s"
      "-w"
    ];
    # They run in check.sh.
    doCheck = false;
    # The linker did.
    dontStrip = true;
    # For another processor Go installs into a folder of its own.
    postInstall = "find $out/bin -mindepth 2 -type f -exec mv {} $out/bin ';'; find $out/bin -mindepth 1 -type d -delete";
  };
in
import ../executables.nix { inherit pkgs target; } {
  inherit build;
  stores = (import ../ways.nix { inherit lib; }).functions.go;
  notices = ../../services/go/THIRD-PARTY-NOTICES.txt;
}
// {
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
