# What ALB and NLB share: the balancer, its target group, its listeners, its name where a domain is given.
{
  config,
  lib,
  model,
  ...
}:
let
  inherit (config.lab)
    balancer
    front
    store
    target
    ;
  # Some of the subnets, where the compute or the store has more than the balancer wants.
  subnets =
    if lib.max store.zones target.zones > front.zones then
      "\${slice(local.subnet_ids, 0, ${toString front.zones})}"
    else
      "\${local.subnet_ids}";
  tls = make: { count = "\${var.domain == \"\" ? 0 : 1}"; } // make;
  plain = make: { count = "\${var.domain == \"\" ? 1 : 0}"; } // make;
  forward = {
    type = "forward";
    target_group_arn = "\${aws_lb_target_group.counter.arn}";
  };
in
{
  imports = [
    ../certificate.nix
    ../network.nix
    ../security-groups.nix
  ];

  options.lab.balancer = lib.mkOption {
    description = "How this front is a balancer.";
    type = lib.types.submodule {
      options = lib.genAttrs [ "type" "plainProtocol" "tlsProtocol" "targetProtocol" ] (
        name:
        lib.mkOption {
          type = lib.types.str;
          description = "${name}, as aws_lb and its listeners have it.";
        }
      );
    };
  };

  config = {
    lab = {
      front = {
        url = "\${var.domain == \"\" ? \"http://\${aws_lb.counter.dns_name}\" : \"https://\${var.domain}\"}";
        targetGroup = "\${aws_lb_target_group.counter.arn}";
        securityGroup = "balancer";
        # A target group without a listener takes no targets.
        dependsOn = [
          "aws_lb_listener.plain"
          "aws_lb_listener.tls"
        ];
      };
      alias = {
        name = "\${aws_lb.counter.dns_name}";
        zone = "\${aws_lb.counter.zone_id}";
      };
      securityGroups.balancer = {
        description = "The balancer";
        accepts = [
          (plain {
            from = "anywhere";
            port = 80;
            description = "HTTP";
          })
          (tls {
            from = "anywhere";
            port = 443;
            description = "HTTPS";
          })
        ];
        calls = lib.optional (target.port != null) {
          to = "service";
          inherit (target) port;
          description = "The service";
        };
      };
      accepted."aws_lb.counter" = {
        CKV_AWS_91 = "The service logs; access logs would need a public-write bucket of their own.";
        CKV_AWS_150 = "A lab's balancer is made to be removed.";
        CKV2_AWS_20 = "Without a domain there is no certificate, so nothing to redirect to.";
      };
    };

    resource = {
      aws_lb.counter = {
        name = "lab-\${var.name}";
        load_balancer_type = balancer.type;
        inherit subnets;
        security_groups = [ "\${aws_security_group.balancer.id}" ];
        drop_invalid_header_fields = lib.mkIf (balancer.type == "application") true;
      };
      aws_lb_target_group.counter = {
        name = "lab-\${var.name}";
        target_type = target.type;
      }
      # A function gets no health checks, as AWS has it by default: each would be charged as a call, and keep it warm.
      // lib.optionalAttrs (target.port != null) {
        health_check = {
          inherit (model.service.health) path;
          matcher = "200";
          interval = model.service.health.interval_s;
          # The service answers it without its store, so that a store that fails takes no target out.
          timeout = 10;
          # The fewest that there may be: a service is in a minute after it has started.
          healthy_threshold = 2;
        };
        inherit (target) port;
        protocol = balancer.targetProtocol;
        vpc_id = "\${local.vpc_id}";
        # Calls take milliseconds: there is nothing to wait for longer.
        deregistration_delay = 10;
      };
      aws_lb_listener = {
        plain = plain {
          load_balancer_arn = "\${aws_lb.counter.arn}";
          port = 80;
          protocol = balancer.plainProtocol;
          default_action = forward;
        };
        tls = tls {
          load_balancer_arn = "\${aws_lb.counter.arn}";
          port = 443;
          protocol = balancer.tlsProtocol;
          ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
          certificate_arn = "\${aws_acm_certificate_validation.counter[0].certificate_arn}";
          default_action = forward;
        };
      };
    }
    // lib.optionalAttrs (target.id != null) {
      aws_lb_target_group_attachment.counter = {
        target_group_arn = "\${aws_lb_target_group.counter.arn}";
        target_id = target.id;
        depends_on = lib.optional (target.type == "lambda") "aws_lambda_permission.front";
      };
    };
  };
}
