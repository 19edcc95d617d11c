# What `nix run .#NAME` runs: the lab with the artifacts that Nix built, and nothing built by the lab.
{ self, pkgs }:
let
  inherit (pkgs) lib;
  packages = self.packages.${pkgs.stdenv.hostPlatform.system};

  app = description: program: {
    type = "app";
    program = lib.getExe program;
    meta = { inherit description; };
  };

  lab =
    command: description:
    app description (
      pkgs.writeShellApplication {
        name = command;
        text = ''
          export LAB_ARTIFACTS=${packages.artifacts}
          exec ${lib.getExe packages.lab} ${command} "$@"
        '';
      }
    );
in
{
  bench = lab "bench" "Measure ways, and print the table";
  up = lab "up" "Start ways, and keep them up until Ctrl-C";

  reproduce = app "Build each zip twice, in two folders and at two times, and print both hashes" (
    pkgs.writeShellApplication {
      name = "reproduce";
      text = "cat ${self.checks.${pkgs.stdenv.hostPlatform.system}.reproducible}";
    }
  );
}
