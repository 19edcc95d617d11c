# API Gateway's REST API, whose methods call DynamoDB's own API or answer by themselves: what services/vtl has, as OpenAPI with
# API Gateway's extensions, and the same templates. TLS by AWS' own name, and by a domain where one is given.
{
  config,
  lib,
  model,
  ...
}:
let
  named = make: { count = "\${var.domain == \"\" ? 0 : 1}"; } // make;
  folder = ../../services/vtl;
  api = lib.importJSON (folder + "/api.json");

  # It ends before the end of its file's last line. Terraform must not take it for a template of its own.
  template =
    file:
    lib.replaceStrings [ "\${" "%{" ] [ "$\${" "%%{" ] (
      lib.removeSuffix "\n" (builtins.readFile (folder + "/${file}"))
    );
  # Values that are always the same stand in quotes.
  headers =
    place: answer:
    lib.mapAttrs' (
      name: value: lib.nameValuePair "${place}.header.${name}" "'${value}'"
    ) answer.headers;
  # One template for whatever is accepted; the type is a header like others.
  answered = answer: { "application/json" = template answer.body; };

  integration =
    it:
    {
      type = "MOCK";
      # A type without a template is refused: nothing is passed through.
      passthroughBehavior = "never";
      requestTemplates = lib.genAttrs api.request_types (_: template it.request);
      timeoutInMillis = api.timeout_ms;
      responses = lib.listToAttrs (
        map (
          answer:
          lib.nameValuePair (answer.of or "default") {
            statusCode = toString answer.status;
            responseParameters = headers "method.response" answer;
            responseTemplates = answered answer;
          }
        ) it.responses
      );
    }
    // lib.optionalAttrs (it ? action) {
      type = "AWS";
      httpMethod = "POST";
      uri = "arn:aws:apigateway:\${var.region}:dynamodb:action/${it.action}";
      credentials = "\${aws_iam_role.gateway.arn}";
    };

  operation =
    name:
    let
      it = api.integrations.${name};
    in
    {
      responses = lib.listToAttrs (
        map (
          answer:
          lib.nameValuePair (toString answer.status) {
            description = name;
            headers = lib.mapAttrs (_: _: { schema.type = "string"; }) answer.headers;
          }
        ) it.responses
      );
      x-amazon-apigateway-integration = integration it;
    };

  resource =
    path: methods:
    lib.mapAttrs' (
      method: name:
      lib.nameValuePair (
        if method == "ANY" then "x-amazon-apigateway-any-method" else lib.toLower method
      ) (operation name)
    ) methods
    // lib.optionalAttrs (lib.hasInfix "{proxy+}" path) {
      parameters = [
        {
          name = "proxy";
          "in" = "path";
          required = true;
          schema.type = "string";
        }
      ];
    };
in
{
  imports = [ ../certificate.nix ];

  resource = {
    aws_api_gateway_rest_api.counter = {
      name = "lab-\${var.name}";
      endpoint_configuration.types = [ "REGIONAL" ];
      fail_on_warnings = true;
      body = builtins.toJSON {
        openapi = "3.0.1";
        info = {
          title = "lab-\${var.name}";
          version = "1";
        };
        paths = lib.mapAttrs resource api.resources;
        x-amazon-apigateway-gateway-responses = lib.mapAttrs (_: answer: {
          statusCode = answer.status;
          responseParameters = headers "gatewayresponse" answer;
          responseTemplates = answered answer;
        }) api.gateway;
      };
      # It may count from its first call on.
      depends_on = [ "aws_iam_role_policy.gateway" ];
    };
    # A deployment is what the API was: one that has changed is another.
    aws_api_gateway_deployment.counter = {
      rest_api_id = "\${aws_api_gateway_rest_api.counter.id}";
      triggers.body = "\${sha256(aws_api_gateway_rest_api.counter.body)}";
      lifecycle.create_before_destroy = true;
    };
    aws_api_gateway_stage.counter = {
      rest_api_id = "\${aws_api_gateway_rest_api.counter.id}";
      deployment_id = "\${aws_api_gateway_deployment.counter.id}";
      stage_name = "counter";
      variables = {
        table = config.lab.store.place;
        inherit (model.service) counter;
      };
    };
    # What an account has by default in most regions (API Gateway Developer Guide, "Quotas"), and not more where it has more.
    aws_api_gateway_method_settings.counter = {
      rest_api_id = "\${aws_api_gateway_rest_api.counter.id}";
      stage_name = "\${aws_api_gateway_stage.counter.stage_name}";
      method_path = "*/*";
      settings = {
        throttling_rate_limit = 10000;
        throttling_burst_limit = 5000;
      };
    };

    aws_api_gateway_domain_name.counter = named {
      domain_name = "\${var.domain}";
      regional_certificate_arn = "\${aws_acm_certificate_validation.counter[0].certificate_arn}";
      endpoint_configuration.types = [ "REGIONAL" ];
      security_policy = "TLS_1_2";
    };
    aws_api_gateway_base_path_mapping.counter = named {
      api_id = "\${aws_api_gateway_rest_api.counter.id}";
      domain_name = "\${aws_api_gateway_domain_name.counter[0].domain_name}";
      stage_name = "\${aws_api_gateway_stage.counter.stage_name}";
    };
  };

  lab = {
    front.url = "\${var.domain == \"\" ? aws_api_gateway_stage.counter.invoke_url : \"https://\${var.domain}\"}";
    alias = {
      name = "\${one(aws_api_gateway_domain_name.counter[*].regional_domain_name)}";
      zone = "\${one(aws_api_gateway_domain_name.counter[*].regional_zone_id)}";
    };
    accepted = {
      "aws_api_gateway_rest_api.counter".CKV_AWS_237 =
        "An API of the same name beside it would be another count's front; a deployment is replaced, not the API.";
      "aws_api_gateway_stage.counter" = {
        CKV_AWS_73 = "Tracing is charged by the call, and would be in what is measured.";
        CKV_AWS_76 = "Each call is counted in the table; a log of calls would be charged by the GB.";
        CKV_AWS_120 = "A count that is cached is wrong.";
        CKV2_AWS_4 = "A log of calls would be charged by the GB.";
        CKV2_AWS_29 = "The counter is public, and a firewall is charged by the month and by the call.";
        CKV2_AWS_51 = "The counter is public: no caller has a certificate.";
      };
      "aws_api_gateway_method_settings.counter" = {
        CKV_AWS_225 = "A count that is cached is wrong.";
      };
    };
  };
}
