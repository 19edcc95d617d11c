# Rust by nixpkgs' builder, in two steps: the dependencies, which only manifests, lock and compiler change, and with them
# what is built of the members.
{
  pkgs,
  rustPlatform,
  # What workspace.nix made of the members.
  part,
  # Compiler flags, where the shell may compute them.
  flags ? "",
  # Where the build takes place, below its own folder.
  folder ? ".",
}:
let
  inherit (pkgs) lib;
  crates = import ./vendor.nix { inherit pkgs; } part.crates;
  files = name: contents: pkgs.linkFarm name (lib.mapAttrs (_: pkgs.writeText "file") contents);

  build =
    {
      pname,
      from,
      sources,
    }:
    arguments:
    rustPlatform.buildRustPackage (
      {
        inherit pname;
        inherit ((lib.importTOML ../../Cargo.toml).workspace.package) version;
        # Each source's files over those of the one before, as old as they are in the store: to Cargo, nothing is newer
        # than what was built of it.
        unpackPhase = ''
          runHook preUnpack
          mkdir --parents ${folder}/source
          cd ${folder}
          for source in ${toString sources}; do
            cp --recursive --dereference --preserve=timestamps --remove-destination $source/. source
            chmod --recursive u+w source
          done
          ln --symbolic ${crates} source/crates
          ${lib.optionalString (from != null) ''
            cp --recursive --preserve=timestamps ${from}/target source
            chmod --recursive u+w source/target
          ''}
          sourceRoot=source
          runHook postUnpack
        '';
        cargoVendorDir = "crates";
        # They run in nix/checks.
        doCheck = false;
        # Its section would be in what is deployed, and not in what the lab measures.
        auditable = false;
        # Panics name source files: by the same path wherever they were built.
        preBuild = ''
          export RUSTFLAGS="--remap-path-prefix=${crates}=/build/crates ${flags}"
        '';
      }
      // arguments
    );
in
{
  # The target folder after a build of the stubs, on top of that of `from`.
  dependencies =
    {
      pname,
      from ? null,
      ...
    }@arguments:
    build
      {
        inherit pname from;
        sources = [
          (lib.fileset.toSource {
            root = ../..;
            fileset = part.patches;
          })
          (files "stubs" part.stubs)
        ];
      }
      (
        removeAttrs arguments [
          "pname"
          "from"
        ]
        // {
          installPhase = ''
            mkdir $out
            cp --recursive --preserve=timestamps target $out
          '';
          dontFixup = true;
        }
      );

  # What Cargo builds of `src` with the dependencies `from`; the part's manifests are laid over it unless it has its own.
  package =
    {
      pname,
      src,
      from,
      ownManifests ? false,
      ...
    }@arguments:
    build
      {
        inherit pname from;
        sources = [ src ] ++ lib.optional (!ownManifests) (files "manifests" part.manifests);
      }
      (
        removeAttrs arguments [
          "pname"
          "src"
          "from"
          "ownManifests"
        ]
      );
}
