# A container image of the lab with what it runs of every way of its own processor, built: what a shard is measured in
# (infra/shards). Runs go to /runs, which a volume is mounted on. Not root.
{
  pkgs,
  lab,
  artifacts,
}:
let
  inherit (pkgs) lib;
  user = "65532";
in
pkgs.dockerTools.buildLayeredImage {
  name = "lab";
  tag = (lib.importTOML ../Cargo.toml).workspace.package.version;
  # A plain tar: registries compress the layers that they are pushed.
  compressor = "none";
  extraCommands = "mkdir --mode 1777 tmp runs";
  config = {
    Entrypoint = [ (lib.getExe lab) ];
    Env = [ "LAB_ARTIFACTS=${artifacts}" ];
    User = "${user}:${user}";
    WorkingDir = "/runs";
    Labels = {
      "org.opencontainers.image.title" = "The lab, with what it runs of every way";
      "org.opencontainers.image.licenses" = "MIT";
    };
  };
}
