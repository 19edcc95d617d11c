# A container image: a file or folder at a path, what starts it with what that needs in layers, without a shell or a package
# manager.
{ pkgs, target }:
{
  name,
  title,
  # The file or folder, and its path in the image without the first slash.
  content,
  path,
  # `program`, `args`, `env`.
  entrypoint,
  # More of what the image has: shell commands in its root without rights, and with them; its configuration.
  commands ? "",
  rootCommands ? "",
  config ? { },
  # Null: the hash of what it is built of.
  tag ? null,
}:
let
  inherit (pkgs) lib;
  inherit (entrypoint) program args env;
in
pkgs.dockerTools.buildLayeredImage {
  inherit name tag;
  # A plain tar: registries compress the layers that they are pushed, and every podman reads it.
  compressor = "none";
  architecture = target.goarch;
  # Not by its path in the store, which names how it was built.
  extraCommands = ''
    mkdir --parents "$(dirname ${path})"
    cp --recursive --no-preserve=ownership ${content} ${path}
    ${commands}
  '';
  fakeRootCommands = rootCommands;
  config = {
    Entrypoint = [ program ] ++ args;
    # The certificates that AWS's endpoints are verified with.
    Env = lib.mapAttrsToList (variable: value: "${variable}=${value}") (
      env // { SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt"; }
    );
    # Without the commit, which would make another image of the same content.
    Labels = {
      "org.opencontainers.image.title" = title;
      "org.opencontainers.image.licenses" = "MIT";
      "org.opencontainers.image.version" = (lib.importTOML ../Cargo.toml).workspace.package.version;
    };
  }
  // config;
}
