# The Rust services: static executables in the profile in which the lab measures them, all from one build, so that
# what they share is built once.
{
  pkgs,
  target,
  folder,
  ...
}:
let
  inherit (pkgs) lib;

  build = import ../cargo/static.nix { inherit pkgs target folder; } {
    pname = "services";
    files = [ ../../services/page.html ];
    packages = [
      "server"
      "lambda"
    ];
  };
in
import ../executables.nix { inherit pkgs target; } {
  inherit build;
  stores = (import ../ways.nix { inherit lib; }).functions.rust;
  notices = ../../services/THIRD-PARTY-NOTICES.txt;
  # Not one: static.
  checks.allowedReferences = [ ];
}
// {
  inherit build;
  zipped = {
    executable = "bootstrap";
    # .ci/run's bar of 3 MB is for the lab's own, which take libc from the system; these carry it.
    bytes = 3200000;
  };

  tools = [
    pkgs.cargo
    pkgs.rustc
  ];
  formatter = {
    package = pkgs.rustfmt;
    options = [
      "--edition"
      "2024"
      "--config-path"
      "rustfmt.toml"
    ];
    includes = [ "*.rs" ];
  };
}
