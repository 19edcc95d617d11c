# All packages of a system: what each way deploys, the parts that ways share, the lab. What a way deploys follows
# from its parts; must not know a way by name. `packages` is what whoever builds all of them can build: this system's own,
# without virtualisation; `legacyPackages` has the rest.
{
  machines,
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
  sources = import ../sources.nix { inherit lib; };
  inherit (import ../deployed.nix { inherit pkgs pkgsFor; })
    services
    zip
    image
    functionImage
    ;
  of = way: services.${way.arch}.${way.language};
  ami = word: way: machines.${shared word way}.config.system.build.images.amazon;

  # What is deployed, by the kind of artifact that ways.toml has of a compute.
  deployed = {
    disk-image = way: ami way.compute { inherit (way) language arch; };
    container-image =
      way: if model.compute.${way.compute}.kind == "function" then functionImage way else image way;
    inherit zip;
    # They are in the Terraform: the same files, to be looked at.
    templates =
      way: pkgs.runCommand "templates" { } "cp --recursive --no-preserve=mode ${(of way).templates} $out";
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
  perArch =
    word: make:
    lib.mapAttrs' (arch: _: lib.nameValuePair (shared word { inherit arch; }) (make arch)) model.arch;
  prefixed = prefix: lib.mapAttrs' (name: lib.nameValuePair "${prefix}-${name}");

  targets = import ../targets.nix { inherit pkgs pkgsFor; };
  configurations = import ./terraform.nix { inherit pkgs terranix; };
  adapter = lib.getExe (import ./adapter.nix { inherit pkgs; });

  # What the lab runs of a way: the same files, and what starts them.
  artifact =
    way:
    if model.compute.${way.compute}.kind == "server" then
      rec {
        package = (of way).server.content;
        entrypoint = (of way).server.start package;
      }
    else if model.compute.${way.compute}.kind == "integration" then
      {
        package = (of way).templates;
        entrypoint = null;
      }
    else if model.compute.${way.compute} ? adapter then
      {
        package = zip way;
        entrypoint = (of way).adapted.runtime;
        extension = adapter;
      }
    else
      {
        package = zip way;
        entrypoint = (of way).runtime model.store.${way.store}.service;
      };
  # The manifest that LAB_ARTIFACTS names, as bench/artifact/src/prebuilt.rs reads it.
  manifest =
    ways: pkgs.writeText "artifacts.json" (builtins.toJSON (lib.mapAttrs (_: artifact) ways));
  own = lib.filterAttrs (_: way: way.arch == arch) ways;

  # Ways share derivations: what is added describes each, and makes none anew.
  described =
    description: made:
    made
    // {
      meta = made.meta or { } // {
        inherit description;
        license = lib.licenses.mit;
        # What is deployed runs on Linux, and is built there.
        platforms = lib.platforms.linux;
      };
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
rec {
  legacyPackages =
    whole
    // prefixed "terraform" (
      lib.mapAttrs (name: way: described "The Terraform of ${title way}" configurations.each.${name}) ways
    )
    // prefixed "artifacts" (
      lib.mapAttrs (
        name: way:
        described "What the lab runs of ${title way}" (manifest {
          ${name} = way;
        })
      ) own
    )
    // perLanguage "ami-ec2" model.compute.ec2.languages (
      way:
      described "The machine image of EC2 ways in ${model.language.${way.language}.title}" (ami "ec2" way)
    )
    // perArch "ami-kops-node" (
      arch:
      described "A Kubernetes node of kOps' for ${model.arch.${arch}.title}" (
        ami "kops-node" { inherit arch; }
      )
    )
    // perArch "probe" (
      arch:
      described "The load generator as a Lambda function, for ${model.arch.${arch}.title}" (
        import ./probe.nix {
          inherit pkgs;
          target = targets.${arch};
        }
      )
    )
    // {
      # Not among the checks: it holds every way, and takes its time.
      image-lab = described "The lab with what it runs of every way, as an image" (
        import ../image-lab.nix {
          inherit pkgs;
          inherit (packages) artifacts;
          lab = packages.lab-unwrapped;
        }
      );
      # What infra/rendered keeps: all ways as one text, and the facts of the machine images.
      rendered = described "What infra/rendered keeps" (
        pkgs.linkFarm "rendered" {
          "ways.json" = packages.terraform-text;
          "images.json" = pkgs.writeText "images.json" (import ./images.nix { inherit lib machines; });
        }
      );
    };

  packages =
    lib.filterAttrs (
      name: _: ways.${name}.arch == arch && kind ways.${name} != "disk-image" && inCatalogue ways.${name}
    ) whole
    // perLanguage "server" model.compute.fargate.languages (
      way:
      described "The counter's server in ${model.language.${way.language}.title}" (
        (of way).server.package // { inherit ((of way).server) content; }
      )
    )
    // perLanguage "image-server" model.compute.fargate.languages (
      way:
      described "The counter's server in ${model.language.${way.language}.title}, as an image" (image way)
    )
    // rec {
      default = lab;
      # The lab with what Nix builds of the ways that it is asked for, and with their Terraform.
      lab = described lab-unwrapped.meta.description (
        pkgs.writeShellApplication {
          name = "lab";
          text = ''
            export LAB_FLAKE=''${LAB_FLAKE:-${sources.flake}} LAB_INFRA=''${LAB_INFRA:-${packages.terraform}}
            export LAB_OHA=''${LAB_OHA:-${lib.getExe packages.oha}}
            exec ${lib.getExe lab-unwrapped} "$@"
          '';
        }
      );
      oha = described "The load generator" (
        import ./oha.nix {
          inherit pkgs;
          inherit (pkgs) rustPlatform;
        }
      );
      lab-unwrapped = import ./lab.nix { inherit pkgs; };
      terraform = described "The Terraform of every way" configurations.all;
      terraform-text = described "The Terraform of every way as one text, what they share once" configurations.every;
      rust-services = described "The counter in Rust" services.${arch}.rust.build;
      artifacts = described "What the lab runs of every way, as LAB_ARTIFACTS names it" (manifest own);
    };
}
