# The probe's zip: the load generator as a Lambda function.
{ pkgs, target }:
let
  build = import ../cargo/static.nix { inherit pkgs target; } {
    pname = "probe";
    packages = [ "probe" ];
  };
  oha = import ./oha.nix {
    inherit pkgs;
    inherit (target.static) rustPlatform;
  };
in
import ../zip.nix { inherit pkgs; } "probe" (
  pkgs.runCommand "probe" { } ''
    install -D --mode=755 ${build}/bin/probe $out/bootstrap
    install -D --mode=755 ${oha}/bin/oha $out/oha
    install -D --mode=644 ${../../bench/probe/THIRD-PARTY-NOTICES.txt} $out/THIRD-PARTY-NOTICES.txt
    install -D --mode=644 ${../../bench/oha/THIRD-PARTY-NOTICES.txt} $out/THIRD-PARTY-NOTICES-oha.txt
  ''
)
