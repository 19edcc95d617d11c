# A container image of a server: its file or folder as /counter, what that needs in layers, without a shell or a package
# manager, not root.
{ pkgs, target }:
{
  name,
  title,
  server,
  # Null: the hash of what it is built of.
  tag ? null,
}:
let
  inherit (pkgs) lib;
  # Distroless' "nonroot", a number, so that Kubernetes' runAsNonRoot can check it.
  user = "65532";
  inherit (server.start "/counter") program args env;
in
pkgs.dockerTools.buildLayeredImage {
  inherit name tag;
  # A plain tar: registries compress the layers that they are pushed, and every podman reads it.
  compressor = "none";
  architecture = target.goarch;
  # Not by its path in the store, which names how it was built.
  extraCommands = "cp --recursive --no-preserve=ownership ${server.content} counter";
  # For STORE=file:///var/lib/counter/hits: a volume that is mounted here starts with this owner.
  # The sandbox knows no such user, so fakeroot need not try.
  fakeRootCommands = ''
    FAKEROOTDONTTRYCHOWN=1 install -d -o ${user} -g ${user} -m 750 var/lib/counter
  '';
  config = {
    Entrypoint = [ program ] ++ args;
    # The certificates that AWS's endpoints are verified with.
    Env = lib.mapAttrsToList (variable: value: "${variable}=${value}") (
      env // { SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt"; }
    );
    ExposedPorts."8000/tcp" = { };
    User = "${user}:${user}";
    WorkingDir = "/var/lib/counter";
    # Without the commit, which would make another image of the same content.
    Labels = {
      "org.opencontainers.image.title" = title;
      "org.opencontainers.image.licenses" = "MIT";
      "org.opencontainers.image.version" = (lib.importTOML ../Cargo.toml).workspace.package.version;
    };
  };
}
