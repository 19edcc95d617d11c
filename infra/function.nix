# A function. What it is deployed as, and what it calls in there, are its compute's.
{
  config,
  lib,
  way,
  model,
  ...
}:
let
  cfg = model.compute.${way.compute};
  size = import ./size.nix { inherit lib model; };
  inherit (model.store.${way.store}) vpc;
in
{
  imports = [
    ./front/${way.front}.nix
    ./logs.nix
    ./role.nix
  ]
  ++ lib.optional vpc ./function-network.nix;

  variable.memory_mib =
    size.between "memory_mib" "The function's memory, in MiB; its share of a processor follows from it."
      (lib.toInt cfg.default_size.${way.arch})
      cfg.sizes.memory.from_mib
      cfg.sizes.memory.to_mib;

  lab = {
    target = {
      type = "lambda";
      id = "\${aws_lambda_function.counter.arn}";
    };
    logs.function = "/aws/lambda/lab-\${var.name}";
    roles.function = {
      service = "lambda.amazonaws.com";
      statements = config.lab.store.statements ++ [
        {
          actions = [
            "logs:CreateLogStream"
            "logs:PutLogEvents"
          ];
          # It may not create the group: Terraform does.
          resources = [ "\${aws_cloudwatch_log_group.function.arn}:*" ];
        }
      ];
    };
    accepted."aws_lambda_function.counter" = {
      CKV_AWS_50 = "Tracing is charged by the call, and would be in what is measured.";
      CKV_AWS_115 = "A reserve would take from what the account's other functions may use.";
      CKV_AWS_116 = "It is called synchronously: the caller gets each failure, and there is nothing to keep.";
      CKV_AWS_173 =
        if config.lab.store.secret then
          "Its environment has the password of its own database, which it alone reaches, encrypted with Lambda's key. A key of one's own costs $1 a month."
        else
          "Its environment has no secret.";
      CKV_AWS_272 = "Its content is named by a hash in the plan; a signing profile would be one more thing to trust.";
    }
    // lib.optionalAttrs (!vpc) {
      CKV_AWS_117 = "It calls public endpoints of AWS only: in a VPC it would need a NAT gateway or endpoints, at $8 to $40 a month.";
    };
  };

  resource.aws_lambda_function.counter = {
    function_name = "lab-\${var.name}";
    role = "\${aws_iam_role.function.arn}";
    architectures = [ way.arch ];
    memory_size = "\${var.memory_mib}";
    timeout = cfg.timeout_s;
    environment.variables.${model.service.environment.store} = config.lab.store.url;
    logging_config = {
      # As it is written, so that REPORT lines can be read.
      log_format = "Text";
      log_group = "\${aws_cloudwatch_log_group.function.name}";
    };
    # It may write from its first call on.
    depends_on = lib.optional (
      config.lab.roles.function.statements != [ ]
    ) "aws_iam_role_policy.function";
  };

  output = {
    url.value = config.lab.front.url;
    function_name.value = "\${aws_lambda_function.counter.function_name}";
    log_group.value = "\${aws_cloudwatch_log_group.function.name}";
  };
}
