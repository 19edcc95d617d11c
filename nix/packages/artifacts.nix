# The manifest that LAB_ARTIFACTS names: for each way its file or folder, and what starts it, as
# bench/artifact/src/prebuilt.rs reads them.
{
  pkgs,
  ways,
  artifact,
}:
pkgs.writeText "artifacts.json" (builtins.toJSON (pkgs.lib.mapAttrs (_: artifact) ways))
