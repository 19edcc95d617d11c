# The function's own URL, public, with TLS by AWS' own name.
{ lib, ... }:
{
  # The first with aws_lambda_permission.invoked_via_function_url.
  terraform.required_providers.aws.version = lib.mkForce ">= 6.28.0, < 7.0.0";

  resource = {
    aws_lambda_function_url.counter = {
      function_name = "\${aws_lambda_function.counter.function_name}";
      authorization_type = "NONE";
    };
    # A public URL takes both rights since October 2025 (Lambda Developer Guide, "Control access to Lambda function URLs").
    aws_lambda_permission = {
      url = {
        action = "lambda:InvokeFunctionUrl";
        function_name = "\${aws_lambda_function.counter.function_name}";
        principal = "*";
        function_url_auth_type = "NONE";
      };
      invoke = {
        action = "lambda:InvokeFunction";
        function_name = "\${aws_lambda_function.counter.function_name}";
        principal = "*";
        # Through the URL only: not by whoever has an AWS account.
        invoked_via_function_url = true;
      };
    };
  };

  lab = {
    front.url = "\${trimsuffix(aws_lambda_function_url.counter.function_url, \"/\")}";
    accepted = {
      "aws_lambda_function_url.counter".CKV_AWS_258 = "The counter is public: that is what is measured.";
      "aws_lambda_permission.url".CKV_AWS_301 = "The counter is public, through its URL only.";
      "aws_lambda_permission.invoke".CKV_AWS_301 = "The counter is public, through its URL only.";
    };
  };
}
