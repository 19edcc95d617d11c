# The probe's zip: the load generator as a Lambda function.
{ pkgs, target }:
let
  sources = import ../sources.nix { inherit (pkgs) lib; };
  build = import ../static-rust.nix { inherit target; } {
    pname = "probe";
    src = sources.probe;
    packages = [ "probe" ];
  };
in
import ../zip.nix { inherit pkgs; } "probe" (
  pkgs.runCommand "probe" { } ''
    install -D --mode=755 ${build}/bin/probe $out/bootstrap
    install -D --mode=644 ${../../bench/probe/THIRD-PARTY-NOTICES.txt} $out/THIRD-PARTY-NOTICES.txt
  ''
)
