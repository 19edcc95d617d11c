{
  description = "The lab: one tiny web app, many ways to deploy it on AWS, measured side by side";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    # Its core alone (infra/default.nix): as a flake it would bring two inputs more.
    terranix = {
      url = "github:terranix/terranix";
      flake = false;
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      terranix,
    }:
    let
      inherit (nixpkgs) lib;
      pkgsFor = system: nixpkgs.legacyPackages.${system};
      forSystems = systems: make: lib.genAttrs systems (system: make (pkgsFor system));
      folder = import ./nix/folder.nix { inherit lib; };

      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      # On a Mac there are the lab and the shell, to edit, run and deploy: the lab builds the services itself, for no
      # way deploys what runs on macOS.
      mac = [ "aarch64-darwin" ];
      all = linux ++ mac;
    in
    {
      # Every way by its name, and the parts that they share.
      packages =
        forSystems linux (
          pkgs:
          import ./nix/packages {
            inherit
              self
              pkgs
              pkgsFor
              terranix
              ;
          }
        )
        // forSystems mac (pkgs: rec {
          default = lab;
          lab = import ./nix/packages/lab.nix { inherit pkgs; };
        });

      # `nix run .#bench`, `.#up`, `.#deploy`, …
      apps = forSystems linux (pkgs: import ./nix/apps.nix { inherit self pkgs; });

      # nix/checks and nixos/tests: a file is a check.
      checks = forSystems linux (pkgs: import ./nix/checks { inherit self pkgs folder; });

      devShells = forSystems all (pkgs: {
        default = import ./nix/shell.nix { inherit pkgs; };
      });

      # nixfmt, or its port to Rust where this nixpkgs has it: they give the same bytes.
      formatter = forSystems all (pkgs: pkgs.nixfmt-rs or pkgs.nixfmt);

      # nixos/modules: path = name.
      nixosModules = folder.modules ./nixos/modules;

      # nixos/images: each for both architectures.
      nixosConfigurations = import ./nixos { inherit self nixpkgs folder; };
    };
}
