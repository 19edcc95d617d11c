# `nix fmt`: treefmt, which finds the files itself. Nix passes it none.
{ pkgs }:
let
  inherit (pkgs) lib;
  languages = import ./languages { inherit pkgs; };
  formatter =
    {
      package,
      program ? package.meta.mainProgram,
      options ? [ ],
      includes,
    }:
    {
      command = lib.getExe' package program;
      inherit options includes;
    };
in
pkgs.treefmt.withConfig {
  settings = {
    tree-root-file = "flake.nix";
    # Documents and data have no formatter here.
    on-unmatched = "debug";
    formatter =
      lib.mapAttrs (_: language: formatter language.formatter) (
        lib.filterAttrs (_: language: language ? formatter) languages
      )
      // lib.mapAttrs (_: formatter) {
        # nixfmt, or its port to Rust where this nixpkgs has it: they give the same bytes.
        nix = {
          package = pkgs.nixfmt-rs or pkgs.nixfmt;
          includes = [ "*.nix" ];
        };
        toml = {
          package = pkgs.taplo;
          options = [
            "format"
            "--config=taplo.toml"
          ];
          includes = [ "*.toml" ];
        };
      };
  };
}
