# What is deployed, made from each language's services: zips and container images.
{
  pkgs,
  pkgsFor,
  # Where the builds take place, below the build's own folder: what comes out must not depend on it, which the check
  # `reproducible` holds.
  folder ? ".",
}:
let
  inherit (pkgs) lib;
  sources = import ./sources.nix { inherit lib; };
  targets = import ./targets.nix { inherit pkgs pkgsFor; };
  inherit (import ./ways.nix { inherit lib; }) model shared;
in
rec {
  # For each architecture and language, what languages/LANGUAGE.nix makes:
  #   server            what runs the server: `package`, `content` (what is measured of it) and `entrypoint`
  #   functions.STORE   the folder that the function's zip is packed from
  #   runtime STORE     what starts it where that is not its own `bootstrap`
  services = lib.mapAttrs (
    _: target:
    lib.mapAttrs (
      language: _:
      import (./languages + "/${language}.nix") {
        inherit
          pkgs
          target
          sources
          folder
          ;
      }
    ) model.language
  ) targets;

  zip =
    {
      language,
      store,
      arch,
      ...
    }:
    import ./zip.nix { inherit pkgs; } "${
      shared "lambda" { inherit language; }
    }-${store}" services.${arch}.${language}.functions.${store};

  image =
    { language, arch, ... }:
    import ./image.nix {
      inherit pkgs;
      target = targets.${arch};
    } (shared "counter" { inherit language; }) services.${arch}.${language}.server;
}
