# All packages of a system: what each way deploys, the parts that ways share, the lab. What a way deploys follows
# from its parts; must not know a way by name.
{
  self,
  pkgs,
  pkgsFor,
  terranix,
}:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; }) model ways shared;

  inherit (import ../deployed.nix { inherit pkgs pkgsFor; }) services zip image;
  of = way: services.${way.arch}.${way.language};
  ami =
    way:
    self.nixosConfigurations.${
      shared "ec2" { inherit (way) language arch; }
    }.config.system.build.amazonImage;

  # What is deployed, by the kind of artifact that ways.toml has of a compute.
  deployed = {
    disk-image = ami;
    container-image = image;
    inherit zip;
  };

  # This system's own, in the word of ways.toml.
  arch = if pkgs.stdenv.hostPlatform.isAarch64 then "arm64" else "x86_64";
  perLanguage =
    word: languages: make:
    lib.listToAttrs (
      map (
        language:
        lib.nameValuePair (shared word { inherit language; }) (make {
          inherit arch language;
        })
      ) languages
    );

  targets = import ../targets.nix { inherit pkgs pkgsFor; };
  probe =
    arch:
    import ./probe.nix {
      inherit pkgs;
      target = targets.${arch};
    };

  configurations = import ./terraform.nix { inherit pkgs terranix; };

  # What the lab runs of a way: the same files, and what starts them.
  artifact =
    way:
    if model.compute.${way.compute}.kind == "server" then
      {
        package = (of way).server.content;
        inherit ((of way).server) entrypoint;
      }
    else
      {
        package = zip way;
        entrypoint = (of way).runtime way.store;
      };
in
lib.mapAttrs (_: way: deployed.${model.compute.${way.compute}.artifact} way) ways
// lib.mapAttrs' (name: lib.nameValuePair "terraform-${name}") configurations.each
// perLanguage "server" model.compute.fargate.languages (way: (of way).server.package)
// perLanguage "image-server" model.compute.fargate.languages image
// perLanguage "ami-ec2" model.compute.ec2.languages ami
// lib.mapAttrs' (
  arch: _: lib.nameValuePair (shared "probe" { inherit arch; }) (probe arch)
) targets
// rec {
  default = lab;
  terraform = configurations.all;
  # What infra/rendered keeps: all ways as one text, and the facts of the machine images.
  rendered = pkgs.linkFarm "rendered" {
    "ways.json" = configurations.every;
    "images.json" = import ./images.nix { inherit self pkgs; };
  };
  lab = import ./lab.nix { inherit pkgs; };
  rust-services = services.${arch}.rust.build;
  artifacts = import ./artifacts.nix {
    inherit pkgs artifact;
    ways = lib.filterAttrs (_: way: way.arch == arch) ways;
  };
  ami-kops-node =
    self.nixosConfigurations.${shared "kops-node" { inherit arch; }}.config.system.build.amazonImage;
}
