# Log groups, made here and not by who writes to them: they are tagged, they forget, and they go with the deployment.
{ config, lib, ... }:
{
  options.lab.logs = lib.mkOption {
    type = lib.types.attrsOf lib.types.str;
    default = { };
    description = "The log groups of the way: `aws_cloudwatch_log_group.NAME`, and what each is called.";
  };

  config = {
    resource.aws_cloudwatch_log_group = lib.mapAttrs (_: name: {
      inherit name;
      # A deployment is measured within days; each GB is charged by the month.
      retention_in_days = 14;
    }) config.lab.logs;

    lab.accepted = lib.mapAttrs' (
      name: _:
      lib.nameValuePair "aws_cloudwatch_log_group.${name}" {
        CKV_AWS_158 = "Encrypted with CloudWatch's own key. The logs hold no secret, and a key of one's own costs $1 a month.";
        CKV_AWS_338 = "Fourteen days, not a year: nothing in them is worth more.";
      }
    ) config.lab.logs;
  };
}
