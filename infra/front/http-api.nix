# API Gateway's HTTP API, payload 2.0, with TLS by AWS' own name, and by a domain where one is given.
_:
let
  named = make: { count = "\${var.domain == \"\" ? 0 : 1}"; } // make;
in
{
  imports = [ ../certificate.nix ];

  resource = {
    aws_apigatewayv2_api.counter = {
      name = "lab-\${var.name}";
      protocol_type = "HTTP";
    };
    aws_apigatewayv2_integration.counter = {
      api_id = "\${aws_apigatewayv2_api.counter.id}";
      integration_type = "AWS_PROXY";
      integration_uri = "\${aws_lambda_function.counter.invoke_arn}";
      payload_format_version = "2.0";
    };
    # The service has its own answer to every path and method.
    aws_apigatewayv2_route.counter = {
      api_id = "\${aws_apigatewayv2_api.counter.id}";
      route_key = "$default";
      target = "integrations/\${aws_apigatewayv2_integration.counter.id}";
    };
    aws_apigatewayv2_stage.counter = {
      api_id = "\${aws_apigatewayv2_api.counter.id}";
      name = "$default";
      auto_deploy = true;
    };
    aws_lambda_permission.front = {
      action = "lambda:InvokeFunction";
      function_name = "\${aws_lambda_function.counter.function_name}";
      principal = "apigateway.amazonaws.com";
      source_arn = "\${aws_apigatewayv2_api.counter.execution_arn}/*/*";
    };

    aws_apigatewayv2_domain_name.counter = named {
      domain_name = "\${var.domain}";
      domain_name_configuration = {
        certificate_arn = "\${aws_acm_certificate_validation.counter[0].certificate_arn}";
        endpoint_type = "REGIONAL";
        security_policy = "TLS_1_2";
      };
    };
    aws_apigatewayv2_api_mapping.counter = named {
      api_id = "\${aws_apigatewayv2_api.counter.id}";
      domain_name = "\${aws_apigatewayv2_domain_name.counter[0].id}";
      stage = "\${aws_apigatewayv2_stage.counter.id}";
    };
  };

  lab = {
    front.url = "\${var.domain == \"\" ? aws_apigatewayv2_api.counter.api_endpoint : \"https://\${var.domain}\"}";
    alias = {
      name = "\${one(aws_apigatewayv2_domain_name.counter[*].domain_name_configuration[0].target_domain_name)}";
      zone = "\${one(aws_apigatewayv2_domain_name.counter[*].domain_name_configuration[0].hosted_zone_id)}";
    };
    accepted."aws_apigatewayv2_stage.counter".CKV_AWS_76 =
      "The function logs each call; to log it here too would cost as much again by the GB.";
    accepted."aws_apigatewayv2_route.counter".CKV_AWS_309 =
      "The counter is public: that is what is measured.";
  };
}
