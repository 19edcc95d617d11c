# oha, the load generator, of its own lock: for this machine, or static for where the probe runs.
{ pkgs, rustPlatform }:
let
  inherit (pkgs) lib;
  folder = ../../bench/oha;
in
rustPlatform.buildRustPackage {
  pname = "oha";
  inherit
    (
      (lib.findFirst (package: package.name == "oha") null
        (lib.importTOML (folder + "/Cargo.lock")).package
      )
    )
    version
    ;
  src = lib.fileset.toSource {
    root = folder;
    fileset = folder;
  };
  cargoLock.lockFile = folder + "/Cargo.lock";
  doCheck = false;
  meta = {
    description = "The load generator";
    license = lib.licenses.mit;
    mainProgram = "oha";
  };
}
