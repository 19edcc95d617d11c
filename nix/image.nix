# A container image of a server: its closure in layers, without a shell or a package manager, not root.
{ pkgs, target }:
name:
{ entrypoint, ... }:
let
  # Distroless' "nonroot", a number, so that Kubernetes' runAsNonRoot can check it.
  user = "65532";
in
pkgs.dockerTools.buildLayeredImage {
  inherit name;
  tag = "latest";
  # A plain tar: registries compress the layers that they are pushed, and every podman reads it.
  compressor = "none";
  architecture = target.goarch;
  # For STORE=file:///var/lib/counter/hits: a volume that is mounted here starts with this owner.
  # The sandbox knows no such user, so fakeroot need not try.
  fakeRootCommands = ''
    FAKEROOTDONTTRYCHOWN=1 install -d -o ${user} -g ${user} -m 750 var/lib/counter
  '';
  config = {
    Entrypoint = [ entrypoint.program ] ++ entrypoint.args;
    # The certificates that AWS's endpoints are verified with.
    Env = pkgs.lib.mapAttrsToList (variable: value: "${variable}=${value}") (
      entrypoint.env // { SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt"; }
    );
    ExposedPorts."8000/tcp" = { };
    User = "${user}:${user}";
    WorkingDir = "/var/lib/counter";
  };
}
