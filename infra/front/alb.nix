# Application Load Balancer, in the two zones that it wants.
{ config, lib, ... }:
{
  imports = [ ./balancer.nix ];

  lab.front.zones = 2;
  lab.balancer = {
    type = "application";
    plainProtocol = "HTTP";
    tlsProtocol = "HTTPS";
    targetProtocol = "HTTP";
  };

  resource = lib.mkIf (config.lab.target.type == "lambda") {
    aws_lambda_permission.front = {
      action = "lambda:InvokeFunction";
      function_name = "\${aws_lambda_function.counter.function_name}";
      principal = "elasticloadbalancing.amazonaws.com";
      source_arn = "\${aws_lb_target_group.counter.arn}";
    };
  };
}
