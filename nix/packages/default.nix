# All packages of a system: what each way deploys, the parts that ways share, the lab. What a way deploys follows
# from its parts; must not know a way by name. `packages` is what whoever builds all of them can build: this system's own,
# without virtualisation; `legacyPackages` has the rest.
{
  self,
  pkgs,
  pkgsFor,
  terranix,
}:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; })
    model
    ways
    shared
    title
    ;

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
  probeOf =
    arch:
    described "The load generator as a Lambda function, for ${model.arch.${arch}.title}" (
      import ./probe.nix {
        inherit pkgs;
        target = targets.${arch};
      }
    );

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

  described =
    description:
    lib.addMetaAttrs {
      inherit description;
      license = lib.licenses.mit;
      platforms = lib.platforms.linux;
    };

  kind = way: model.compute.${way.compute}.artifact;
  whole = lib.mapAttrs (_: way: described (title way) (deployed.${kind way} way)) ways;
  parts = lib.getAttrs [
    "compute"
    "language"
    "store"
    "front"
  ];
  # The catalogue's, for this system's processor.
  inCatalogue = way: lib.any (entry: parts ways.${entry.way} == parts way) model.catalogue;
in
{
  legacyPackages =
    whole
    // lib.mapAttrs' (
      name: terraform:
      lib.nameValuePair "terraform-${name}" (described "Terraform: ${title ways.${name}}" terraform)
    ) configurations.each
    // perLanguage "ami-ec2" model.compute.ec2.languages ami
    // lib.mapAttrs' (
      arch: _: lib.nameValuePair (shared "probe" { inherit arch; }) (probeOf arch)
    ) targets
    // {
      ami-kops-node =
        self.nixosConfigurations.${shared "kops-node" { inherit arch; }}.config.system.build.amazonImage;
    };

  packages =
    lib.filterAttrs (
      name: _: ways.${name}.arch == arch && kind ways.${name} != "disk-image" && inCatalogue ways.${name}
    ) whole
    // perLanguage "server" model.compute.fargate.languages (
      way:
      described "The counter's server in ${model.language.${way.language}.title}" (of way).server.package
    )
    // perLanguage "image-server" model.compute.fargate.languages (
      way:
      described "The counter's server in ${model.language.${way.language}.title}, as an image" (image way)
    )
    // rec {
      default = lab;
      terraform = described "The Terraform of every way" configurations.all;
      # What infra/rendered keeps: all ways as one text, and the facts of the machine images.
      rendered = described "What infra/rendered keeps" (
        pkgs.linkFarm "rendered" {
          "ways.json" = configurations.every;
          "images.json" = import ./images.nix { inherit self pkgs; };
        }
      );
      lab = import ./lab.nix { inherit pkgs; };
      ${shared "probe" { inherit arch; }} = probeOf arch;
      rust-services = described "The counter in Rust" services.${arch}.rust.build;
      artifacts = described "What the lab runs of every way, as LAB_ARTIFACTS names it" (
        import ./artifacts.nix {
          inherit pkgs artifact;
          ways = lib.filterAttrs (_: way: way.arch == arch) ways;
        }
      );
    };
}
