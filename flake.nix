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
      machines = import ./nixos { inherit self nixpkgs folder; };
      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      # On a Mac there are the lab and the shells: the lab builds the services itself, for no way deploys what runs on
      # macOS.
      mac = [ "aarch64-darwin" ];
      all = linux ++ mac;

      make =
        pkgs:
        import ./nix/packages {
          inherit
            machines
            pkgs
            pkgsFor
            terranix
            ;
        };
      # Evaluated once by system.
      built = forSystems linux make;
    in
    {
      # What ways share, and those of the catalogue that are built here without virtualisation.
      packages =
        lib.mapAttrs (_: made: made.packages) built
        // forSystems mac (pkgs: rec {
          default = lab;
          lab = import ./nix/packages/lab.nix { inherit pkgs; };
        });

      # Every way by its name, its Terraform, and what needs virtualisation: `nix build .#NAME` finds them here next.
      legacyPackages = forSystems linux (
        pkgs:
        built.${pkgs.stdenv.hostPlatform.system}.legacyPackages
        // import ./nixos/tests { inherit self pkgs folder; }
        // {
          rebuilds = import ./nix/rebuilds.nix { inherit self pkgs; };
        }
      );

      # `nix run .#bench`, `.#up`, `.#deploy`, …
      apps =
        forSystems linux (pkgs: import ./nix/apps.nix { inherit self pkgs; })
        // forSystems mac (pkgs: import ./nix/apps-mac.nix { inherit self pkgs; });

      # nix/checks: a file is a check; and the packages and shells.
      checks = forSystems linux (pkgs: import ./nix/checks { inherit self pkgs folder; });

      # `default` for the code, `full` with what deploys and browses.
      devShells = forSystems all (pkgs: import ./nix/shells.nix { inherit pkgs; });

      formatter = forSystems all (pkgs: import ./nix/formatter.nix { inherit pkgs; });

      # nixos/modules: path = name; `default` brings the server.
      nixosModules = folder.modules ./nixos/modules // {
        default = import ./nixos/package.nix { inherit self; };
      };

      overlays.default = final: _: {
        counter-server = (make final).packages.server;
        counter-lab = (make final).packages.lab;
      };

      # nixos/images: those of the default parts. The others are packages: `ami-ec2-python`, …
      nixosConfigurations = lib.getAttrs (lib.attrNames (folder.files ./nixos/images)) machines;
    };
}
