# Security groups: who may call whom, rule by rule. What is in no rule is refused.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  # What EC2 takes in a description (EC2 API reference, IpRange and CreateSecurityGroup): an apostrophe is refused.
  description = types.strMatching "[]a-zA-Z0-9. _:/()#,@[+=&;{}!$*-]{1,255}";
  group = name: "\${aws_security_group.${name}.id}";

  # `anywhere` is the internet, another word a group.
  end =
    who:
    if who == "anywhere" then
      { cidr_ipv4 = "0.0.0.0/0"; }
    else
      { referenced_security_group_id = group who; };

  rule =
    side: name: rule:
    end rule.${side}
    // {
      security_group_id = group name;
      ip_protocol = "tcp";
      from_port = rule.port;
      to_port = rule.port;
      inherit (rule) description;
    }
    // lib.optionalAttrs (rule.count != null) { inherit (rule) count; };
  rules =
    side: field:
    lib.concatMapAttrs (
      name: group:
      lib.listToAttrs (
        map (
          each: lib.nameValuePair "${name}_${each.${side}}_${toString each.port}" (rule side name each)
        ) group.${field}
      )
    ) config.lab.securityGroups;

  ruleType =
    side:
    types.listOf (
      types.submodule {
        options = {
          ${side} = mkOption {
            type = types.str;
            description = "`anywhere`, or a group.";
          };
          port = mkOption {
            type = types.port;
            description = "The TCP port.";
          };
          description = mkOption {
            type = description;
            description = "What for.";
          };
          count = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "Terraform's `count` of this rule; null: always one.";
          };
        };
      }
    );
in
{
  options.lab.securityGroups = mkOption {
    default = { };
    description = "The security groups of the way.";
    type = types.attrsOf (
      types.submodule {
        options = {
          description = mkOption {
            type = description;
            description = "Whose it is.";
          };
          accepts = mkOption {
            type = ruleType "from";
            default = [ ];
            description = "Who may call.";
          };
          calls = mkOption {
            type = ruleType "to";
            default = [ ];
            description = "What may be called.";
          };
        };
      }
    );
  };

  config.resource = {
    aws_security_group = lib.mapAttrs (name: it: {
      name = "lab-\${var.name}-${name}";
      inherit (it) description;
      vpc_id = "\${local.vpc_id}";
    }) config.lab.securityGroups;
    aws_vpc_security_group_ingress_rule = rules "from" "accepts";
    aws_vpc_security_group_egress_rule = rules "to" "calls";
  };

  config.lab.accepted = lib.concatMapAttrs (
    name: group:
    lib.listToAttrs (
      map (
        each:
        lib.nameValuePair "aws_vpc_security_group_ingress_rule.${name}_${each.from}_80" {
          CKV_AWS_260 =
            if each.from == "anywhere" then
              "The counter is public: that is what is measured."
            else
              "Open to one group: checkov takes a rule without addresses for one of all.";
        }
      ) (lib.filter (each: each.port == 80) group.accepts)
    )
  ) config.lab.securityGroups;
}
