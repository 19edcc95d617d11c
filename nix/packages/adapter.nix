# AWS's Lambda Web Adapter for this machine, from its crate and the lock that this carries (adapter.lock is a copy, so that it
# can be evaluated). On AWS it is in a layer of AWS's.
{ pkgs }:
let
  inherit (pkgs) lib;
  inherit (import ../ways.nix { inherit lib; }) model;
  inherit (model.compute.lambdaweb) adapter;
  lock = lib.importTOML ./adapter.lock;
  crates = import ../cargo/vendor.nix { inherit pkgs; } (
    lib.filter (package: package ? checksum) lock.package
  );
in
pkgs.rustPlatform.buildRustPackage {
  pname = adapter.program;
  inherit (adapter) version;
  src = pkgs.fetchCrate {
    name = "${adapter.crate}-${adapter.version}.tar.gz";
    pname = adapter.crate;
    inherit (adapter) version;
    unpack = false;
    sha256 = "c8e1452df90403ccd806450da170a543965187a7edb93558115e6d60cc26eb80";
  };
  postUnpack = "ln --symbolic ${crates} $sourceRoot/crates";
  cargoVendorDir = "crates";
  cargoBuildFlags = [ "--bins" ];
  # They are its maker's.
  doCheck = false;
  auditable = false;
  meta.mainProgram = adapter.program;
}
