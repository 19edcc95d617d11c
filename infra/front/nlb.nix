# Network Load Balancer, in the one zone that the service stands in.
{
  imports = [ ./balancer.nix ];

  lab = {
    balancer = {
      type = "network";
      plainProtocol = "TCP";
      tlsProtocol = "TLS";
      targetProtocol = "TCP";
    };
    accepted."aws_lb.counter".CKV_AWS_152 = "There is one zone, so nothing to cross.";
  };
}
