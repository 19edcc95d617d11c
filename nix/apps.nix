# What `nix run .#NAME` runs: commands of the lab, which has Nix build what is measured or deployed when that is wanted, and
# nothing else.
{ self, pkgs }:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) system;
  packages = self.packages.${system};

  app = description: program: {
    type = "app";
    program = lib.getExe program;
    meta = { inherit description; };
  };
  # The tools come first on the path; Nix itself is the caller's.
  lab =
    name: arguments: runtimeInputs: description:
    app description (
      pkgs.writeShellApplication {
        inherit name runtimeInputs;
        text = ''exec ${lib.getExe packages.lab} ${arguments} "$@"'';
      }
    );
  aws = import ./aws-tools.nix { inherit pkgs; };
in
{
  default = lab "lab" "" [ ] "The lab's command line";
  bench = lab "bench" "bench" [ ] "Measure ways, and print the table";
  up = lab "up" "up" [ ] "Start ways, and keep them up until Ctrl-C";

  aws =
    lab "lab-aws" "" aws
      "The lab's command line, with all that it runs to deploy: `bench --target aws`, …";
  deploy = lab "deploy" "deploy" aws "Make a way on AWS: plan and cost are shown first";
  deployments = lab "deployments" "deployments" aws "List what is deployed from here";
  destroy =
    lab "destroy" "destroy" aws
      "Remove a deployment from AWS, and prove that nothing is left of it";

  reproduce =
    app "Build all artifacts again, in another folder and at another time, and print both hashes"
      (
        pkgs.writeShellApplication {
          name = "reproduce";
          text = "cat ${import ./reproduced.nix { inherit self pkgs; }}";
        }
      );
}
