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
      built =
        pkgs:
        import ./nix/packages {
          inherit
            self
            pkgs
            pkgsFor
            terranix
            ;
        };

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
      # What ways share, and those of the catalogue that are built here without virtualisation.
      packages =
        forSystems linux (pkgs: (built pkgs).packages)
        // forSystems mac (pkgs: rec {
          default = lab;
          lab = import ./nix/packages/lab.nix { inherit pkgs; };
        });

      # Every way by its name, and its Terraform: `nix build .#NAME` finds them here next.
      legacyPackages = forSystems linux (pkgs: (built pkgs).legacyPackages);

      # `nix run .#bench`, `.#up`, `.#deploy`, …
      apps = forSystems linux (pkgs: import ./nix/apps.nix { inherit self pkgs; });

      # nix/checks and nixos/tests: a file is a check.
      checks = forSystems linux (pkgs: import ./nix/checks { inherit self pkgs folder; });

      devShells = forSystems all (pkgs: {
        default = import ./nix/shell.nix { inherit pkgs; };
      });

      formatter = forSystems all (pkgs: import ./nix/formatter.nix { inherit pkgs; });

      # nixos/modules: path = name.
      nixosModules = folder.modules ./nixos/modules;

      # nixos/images: each for both architectures.
      nixosConfigurations = import ./nixos { inherit self nixpkgs folder; };
    };
}
