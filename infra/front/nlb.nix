# Network Load Balancer, in the one zone that the service stands in.
{ model, ... }:
{
  imports = [ ./balancer.nix ];

  lab = {
    front.zones = model.front.nlb.balancer.zones;
    balancer = {
      type = "network";
      plainProtocol = "TCP";
      tlsProtocol = "TLS";
      targetProtocol = "TCP";
    };
    accepted."aws_lb.counter".CKV_AWS_152 = "There is one zone, so nothing to cross.";
  };
}
