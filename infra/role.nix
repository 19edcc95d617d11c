# Roles: which service takes them, and what they may do, statement by statement.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (config.lab) roles;
  each = make: lib.mapAttrs make roles;
in
{
  options.lab.roles = mkOption {
    default = { };
    description = "The roles of the way, each `aws_iam_role.NAME`.";
    type = types.attrsOf (
      types.submodule {
        options = {
          service = mkOption {
            type = types.str;
            description = "The AWS service that takes it.";
          };
          actions = mkOption {
            type = types.listOf types.str;
            default = [ "sts:AssumeRole" ];
            description = "How it is taken.";
          };
          conditions = mkOption {
            type = types.listOf types.attrs;
            default = [ ];
            description = "What else must hold when it is taken.";
          };
          statements = mkOption {
            type = types.listOf types.attrs;
            default = [ ];
            description = "What it may do, as aws_iam_policy_document has it.";
          };
        };
      }
    );
  };

  config = {
    data.aws_iam_policy_document =
      lib.mapAttrs' (
        name: role:
        lib.nameValuePair "${name}_trust" {
          statement = {
            inherit (role) actions;
            principals = {
              type = "Service";
              identifiers = [ role.service ];
            };
            condition = role.conditions;
          };
        }
      ) roles
      // lib.mapAttrs (_: role: { statement = role.statements; }) (
        lib.filterAttrs (_: role: role.statements != [ ]) roles
      );

    resource = {
      aws_iam_role = each (
        name: _: {
          name = "lab-\${var.name}-${name}";
          assume_role_policy = "\${data.aws_iam_policy_document.${name}_trust.json}";
        }
      );
      # In the role itself, so that it goes with it.
      aws_iam_role_policy = lib.mapAttrs (name: _: {
        inherit name;
        role = "\${aws_iam_role.${name}.id}";
        policy = "\${data.aws_iam_policy_document.${name}.json}";
      }) (lib.filterAttrs (_: role: role.statements != [ ]) roles);
    };
  };
}
