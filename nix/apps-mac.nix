# What `nix run .#NAME` runs on a Mac: the lab, which builds the services of a checkout with each language's tools.
{ self, pkgs }:
let
  inherit (pkgs) lib;
  inherit (self.packages.${pkgs.stdenv.hostPlatform.system}) lab;
  tools = lib.concatMap (language: language.tools) (
    lib.attrValues (import ./languages { inherit pkgs; })
  );
  app = name: arguments: description: {
    type = "app";
    program = lib.getExe (
      pkgs.writeShellApplication {
        inherit name;
        runtimeInputs = tools;
        text = ''exec ${lib.getExe lab} ${arguments} "$@"'';
      }
    );
    meta = { inherit description; };
  };
in
{
  default = app "lab" "" "The lab's command line";
  bench = app "bench" "bench" "Measure ways, and print the table";
  up = app "up" "up" "Start ways, and keep them up until Ctrl-C";
}
