# The Rust services: static executables in the profile in which the lab measures them, all from one build, so that
# what they share is built once.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;

  build = target.static.rustPlatform.buildRustPackage {
    pname = "services";
    inherit ((fromTOML (builtins.readFile ../../Cargo.toml)).workspace.package) version;
    src = sources.rustServices;
    cargoLock.lockFile = ../../Cargo.lock;
    buildType = "service";
    cargoBuildFlags = [
      "--package=server"
      "--package=lambda"
      "--bins"
      # As the profile has it, against the hook, which leaves it to a later phase.
      "--config=profile.service.strip=true"
    ];
    # They run in nix/checks, once for all packages.
    doCheck = false;
    # Its section would be in what is deployed, and not in what the lab measures.
    auditable = false;
    dontStrip = true;
    # A static executable looks for no library.
    env.NIX_NO_SELF_RPATH = true;
    preUnpack = "mkdir --parents ${folder} && cd ${folder}";
    # Panics name source files: by the same path wherever they were built. This replaces the flags that nixpkgs would
    # write to Cargo's configuration.
    preBuild = ''
      export RUSTFLAGS="--remap-path-prefix=$(dirname $PWD)=/build --codegen=target-feature=+crt-static"
    '';
  };

  # One executable, alone in its folder, so that nothing else is deployed with it.
  only =
    name: as:
    pkgs.runCommand name
      {
        meta.mainProgram = baseNameOf as;
        # Static: all that is deployed is this file.
        allowedReferences = [ ];
      }
      ''
        install -D --mode=755 ${build}/bin/${name} $out/${as}
      '';
in
{
  inherit build;
  server = rec {
    package = only "server" "bin/server";
    content = "${package}/bin/server";
    entrypoint = {
      program = content;
      args = [ ];
      env = { };
    };
  };
  functions = lib.genAttrs [ "dynamodb" "s3" ] (store: only "lambda-${store}" "bootstrap");
  runtime = _store: null;
}
