# The probe, on request: the load generator as a function in the same region, so that a way is measured from where the
# original study's was.
{ way, ... }:
let
  asked = make: { count = "\${var.probe == \"\" ? 0 : 1}"; } // make;
  # An underscore, which no deployment's name has: a deployment called NAME-probe is another one.
  name = "lab-\${var.name}_probe";
in
{
  variable.probe = {
    type = "string";
    description = "The zip that `nix build .#probe` makes; empty for no probe.";
    default = "";
  };

  data.aws_iam_policy_document = {
    probe_trust.statement = {
      actions = [ "sts:AssumeRole" ];
      principals = {
        type = "Service";
        identifiers = [ "lambda.amazonaws.com" ];
      };
    };
    # It calls a public URL, and nothing of AWS but its logs.
    probe = asked {
      statement = {
        actions = [
          "logs:CreateLogStream"
          "logs:PutLogEvents"
        ];
        resources = [ "\${aws_cloudwatch_log_group.probe[0].arn}:*" ];
      };
    };
  };

  resource = {
    aws_cloudwatch_log_group.probe = asked {
      name = "/aws/lambda/${name}";
      retention_in_days = 14;
    };
    aws_iam_role.probe = asked {
      inherit name;
      assume_role_policy = "\${data.aws_iam_policy_document.probe_trust.json}";
    };
    aws_iam_role_policy.probe = asked {
      name = "probe";
      role = "\${aws_iam_role.probe[0].id}";
      policy = "\${data.aws_iam_policy_document.probe[0].json}";
    };
    aws_lambda_function.probe = asked {
      function_name = name;
      role = "\${aws_iam_role.probe[0].arn}";
      filename = "\${var.probe}";
      source_code_hash = "\${fileexists(var.probe) ? filebase64sha256(var.probe) : null}";
      runtime = "provided.al2023";
      handler = "bootstrap";
      architectures = [ way.arch ];
      # One whole vCPU, and a little: the load generator must not be what is measured.
      memory_size = 2048;
      # The longest that there is.
      timeout = 900;
      logging_config = {
        log_format = "Text";
        log_group = "\${aws_cloudwatch_log_group.probe[0].name}";
      };
      depends_on = [ "aws_iam_role_policy.probe" ];
    };
  };

  output.probe_function_name.value = "\${one(aws_lambda_function.probe[*].function_name)}";

  lab.accepted = {
    "aws_cloudwatch_log_group.probe" = {
      CKV_AWS_158 = "Encrypted with CloudWatch's own key: the logs hold no secret.";
      CKV_AWS_338 = "Fourteen days, not a year: nothing in them is worth more.";
    };
    "aws_lambda_function.probe" = {
      CKV_AWS_50 = "It is what measures.";
      CKV_AWS_115 = "A reserve would take from what the account's other functions may use.";
      CKV_AWS_116 = "It is called synchronously: the caller gets each failure.";
      CKV_AWS_117 = "It calls public addresses only.";
      CKV_AWS_272 = "Its content is named by a hash in the plan.";
    };
  };
}
