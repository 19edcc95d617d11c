# Application Load Balancer, in the two zones that it wants.
{
  config,
  lib,
  model,
  ...
}:
let
  inherit (config.lab) target;
in
{
  imports = [ ./balancer.nix ];

  lab = {
    front.zones = model.front.alb.balancer.zones;
    balancer = {
      type = "application";
      plainProtocol = "HTTP";
      tlsProtocol = "HTTPS";
      targetProtocol = "HTTP";
    };
    accepted = {
      "aws_lb.counter".CKV2_AWS_28 = "A counter needs no firewall at $5 a month and $1 a rule.";
      "aws_lb_listener.plain" = {
        CKV_AWS_2 = "Without a domain there is no certificate; with one, this listener is not made.";
        CKV_AWS_103 = "It has no TLS.";
      };
    }
    // lib.optionalAttrs (target.port != null) {
      "aws_lb_target_group.counter".CKV_AWS_378 =
        "Inside of the VPC, between two groups that let nobody else in.";
    };
  };

  resource = lib.mkIf (target.type == "lambda") {
    aws_lambda_permission.front = {
      action = "lambda:InvokeFunction";
      function_name = "\${aws_lambda_function.counter.function_name}";
      principal = "elasticloadbalancing.amazonaws.com";
      source_arn = "\${aws_lb_target_group.counter.arn}";
    };
  };
}
