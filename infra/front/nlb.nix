# Network Load Balancer, in the one zone that the service stands in.
{
  imports = [ ./balancer.nix ];

  lab.balancer = {
    type = "network";
    plainProtocol = "TCP";
    tlsProtocol = "TLS";
    targetProtocol = "TCP";
  };
}
