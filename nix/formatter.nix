# `nix fmt`: treefmt, which finds the files itself. Nix passes it none.
{ pkgs }:
let
  inherit (pkgs) lib;
  formatter = package: options: includes: {
    command = lib.getExe package;
    inherit options includes;
  };
in
pkgs.treefmt.withConfig {
  settings = {
    tree-root-file = "flake.nix";
    # Most files have no formatter here.
    on-unmatched = "debug";
    # nixfmt, or its port to Rust where this nixpkgs has it: they give the same bytes.
    formatter.nix = formatter (pkgs.nixfmt-rs or pkgs.nixfmt) [ ] [ "*.nix" ];
    formatter.python = formatter pkgs.ruff [ "format" ] [ "services/python/*.py" ];
    formatter.rust = formatter pkgs.rustfmt [ "--edition" "2024" ] [ "*.rs" ];
  };
}
