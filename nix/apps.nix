# What `nix run .#NAME` runs: the lab with the artifacts that Nix built, and nothing built by the lab. What is deployed
# is built when it is deployed: the apps for AWS have the Terraform of all ways, and no way's artifact.
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
        # For `bench --target aws`.
        runtimeInputs = [ pkgs.awscli2 ];
        text = ''
          export LAB_ARTIFACTS=${packages.artifacts}
          exec ${lib.getExe packages.lab} ${command} "$@"
        '';
      }
    );

  # The tools come first on the path; Nix itself is the caller's.
  aws =
    command: description:
    app description (
      pkgs.writeShellApplication {
        name = command;
        runtimeInputs = [
          pkgs.awscli2
          pkgs.kops
          pkgs.kubectl
          (pkgs.opentofu.withPlugins (plugins: [ plugins.hashicorp_aws ]))
          pkgs.skopeo
        ];
        text = ''
          export LAB_FLAKE=${self} LAB_INFRA=${packages.terraform}
          exec ${lib.getExe packages.lab} ${command} "$@"
        '';
      }
    );
in
{
  deploy = aws "deploy" "Make a way on AWS: plan and cost are shown first";
  deployments = aws "deployments" "List what is deployed from here";
  destroy = aws "destroy" "Remove a deployment from AWS, and prove that nothing is left of it";

  bench = lab "bench" "Measure ways, and print the table";
  up = lab "up" "Start ways, and keep them up until Ctrl-C";

  reproduce = app "Build each zip twice, in two folders and at two times, and print both hashes" (
    pkgs.writeShellApplication {
      name = "reproduce";
      text = "cat ${self.checks.${pkgs.stdenv.hostPlatform.system}.reproducible}";
    }
  );
}
