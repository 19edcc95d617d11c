# The machines: each file of images/, for both architectures and, where it is named like a compute, for each language
# that the compute takes. `ec2`, `ec2-python`, `ec2-arm64`, `kops-node` …
{
  self,
  nixpkgs,
  folder,
}:
let
  inherit (nixpkgs) lib;
  inherit (import ../nix/ways.nix { inherit lib; }) model shared;
  systems = {
    x86_64 = "x86_64-linux";
    arm64 = "aarch64-linux";
  };

  machine =
    {
      name,
      path,
      language,
      arch,
    }:
    lib.nameValuePair (shared name { inherit language arch; }) (
      lib.nixosSystem {
        modules = [
          self.nixosModules.default
          # The flake's own, which all machines then share: each would evaluate one of its own.
          nixpkgs.nixosModules.readOnlyPkgs
          path
          {
            nixpkgs.pkgs = nixpkgs.legacyPackages.${systems.${arch}};
            services.counter.package =
              self.packages.${systems.${arch}}.${shared "server" { inherit language; }};
          }
        ];
      }
    );

  machines =
    name: path:
    map machine (
      lib.cartesianProduct {
        name = [ name ];
        path = [ path ];
        language = model.compute.${name}.languages or [ model.defaults.language ];
        arch = lib.attrNames model.arch;
      }
    );
in
lib.listToAttrs (lib.concatLists (lib.mapAttrsToList machines (folder.files ./images)))
