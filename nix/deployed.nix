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

  # A server in a function is the same for every store.
  zip =
    {
      compute,
      language,
      store,
      arch,
      ...
    }:
    let
      name = shared compute { inherit language; };
      inherit (services.${arch}.${language}) adapted functions;
    in
    if model.compute.${compute} ? adapter then
      import ./zip.nix { inherit pkgs; } name adapted.folder
    else
      import ./zip.nix { inherit pkgs; } "${name}-${store}" functions.${store};

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
