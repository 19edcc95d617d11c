# Static Rust executables in the profile in which the lab measures them.
{
  target,
  # Where the build takes place, below its own folder.
  folder ? ".",
}:
{
  pname,
  src,
  # Cargo's, with all their executables.
  packages,
}:
target.static.rustPlatform.buildRustPackage {
  inherit pname src;
  inherit ((fromTOML (builtins.readFile ../Cargo.toml)).workspace.package) version;
  cargoLock.lockFile = ../Cargo.lock;
  buildType = "service";
  cargoBuildFlags = map (package: "--package=${package}") packages ++ [
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
}
