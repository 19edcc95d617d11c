# What a build doesn't read changes nothing of it: the derivations of a tree without it are the same. So a line that is
# added to a document, the lab, the Terraform or another service rebuilds nothing here.
# No check of the flake's, for these trees are written into the store while it is evaluated, as `nix flake check --no-build` may
# not: `nix build .#rebuilds`.
{ self, pkgs }:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) system;
  everything = outputs: outputs.legacyPackages.${system} // outputs.packages.${system};
  packages = everything self;

  # The packages of this flake without some of its files; manifests stay, for Cargo's workspace names them.
  without =
    paths:
    let
      source = builtins.path {
        name = "source";
        path = self;
        filter =
          path: type:
          let
            name = lib.removePrefix "${self}/" path;
            isMissing = it: name == it || lib.hasPrefix "${it}/" name;
          in
          type == "directory" || baseNameOf name == "Cargo.toml" || !lib.any isMissing paths;
      };
      flake = import "${source}/flake.nix";
      outputs = flake.outputs (
        self.inputs
        // {
          self = outputs // {
            inherit (self) inputs;
            outPath = source;
          };
        }
      );
    in
    everything outputs;

  inherit (import ./ways.nix { inherit lib; }) model ways;
  documents = [
    "ARCHITECTURE.md"
    "CHANGELOG.md"
    "README.md"
    "docs"
    "findings"
  ];
  lab = [
    "bench/cloud/src"
    "bench/lab/src"
  ];
  # Each language's folder, and Cargo's members.
  services = lib.genAttrs (lib.attrNames model.language) (language: [ "services/${language}" ]) // {
    rust = lib.filter (lib.hasPrefix "services/") (lib.importTOML ../Cargo.toml).workspace.members;
  };
  others =
    language:
    lib.concatLists (lib.attrValues (removeAttrs services (lib.optional (language != null) language)));

  same =
    paths: names:
    let
      other = without paths;
      differ = lib.filter (name: packages.${name}.drvPath != other.${name}.drvPath) names;
    in
    lib.assertMsg (
      names != [ ] && differ == [ ]
    ) "${toString differ} would be built anew by a change of ${toString paths}";

  # What is deployed of a language, each behind its compute's own front, without virtualisation.
  arch = if pkgs.stdenv.hostPlatform.isAarch64 then "arm64" else "x86_64";
  of =
    language:
    lib.attrNames (
      lib.filterAttrs (
        _: way:
        way.language == language
        && way.arch == arch
        && way.front == model.compute.${way.compute}.default_front
        && model.compute.${way.compute}.artifact != "disk-image"
      ) ways
    );
in
assert same (documents ++ [ "infra" ] ++ others null ++ [ "bench/lab/tests" ]) [ "lab-unwrapped" ];
assert lib.all (language: same (documents ++ [ "infra" ] ++ lab ++ others language) (of language)) (
  lib.attrNames services
);
pkgs.runCommand "rebuilds" { } "touch $out"
