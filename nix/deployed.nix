# What is deployed, made from each language's services: zips and container images.
{
  pkgs,
  pkgsFor,
  # As in languages/default.nix.
  folder ? ".",
}:
let
  inherit (pkgs) lib;
  targets = import ./targets.nix { inherit pkgs pkgsFor; };
  inherit (import ./ways.nix { inherit lib; }) model shared;
in
rec {
  # By architecture and language.
  services = lib.mapAttrs (_: target: import ./languages { inherit pkgs target folder; }) targets;

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
    {
      language,
      arch,
      tag ? null,
      ...
    }:
    import ./image.nix
      {
        inherit pkgs;
        target = targets.${arch};
      }
      {
        inherit tag;
        name = shared "counter" { inherit language; };
        title = "The counter in ${model.language.${language}.title}";
        inherit (services.${arch}.${language}) server;
      };
}
