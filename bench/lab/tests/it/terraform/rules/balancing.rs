//! Balancers, their listeners and target groups, HTTP APIs and names of one's own: which protocols and bounds go together.

use super::view::{View, listed, number, refers, text};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "a listener's protocol is one of its balancer's type",
        source: "ELB API Reference, CreateListener.Protocol",
        check: listener,
    },
    Rule {
        name: "a listener and its target group speak protocols that go together",
        source: "ELB API Reference, CreateTargetGroup.Protocol; NLB User Guide, Listeners",
        check: pairs,
    },
    Rule {
        name: "an application balancer stands in two zones at least",
        source: "ALB User Guide, Subnets for your load balancer",
        check: zones,
    },
    Rule {
        name: "a function is behind an application balancer, without port or network",
        source: "ALB User Guide, Lambda functions as targets",
        check: function_targets,
    },
    Rule {
        name: "a target type is what the compute registers",
        source: "ELB API Reference, CreateTargetGroup.TargetType",
        check: target_type,
    },
    Rule {
        name: "a health check is within ELB's bounds",
        source: "ELB API Reference, CreateTargetGroup (HealthCheck…)",
        check: health_check,
    },
    Rule { name: "draining lasts an hour at most", source: "ELB API Reference, TargetGroupAttribute", check: draining },
    Rule {
        name: "a listener with TLS has a certificate and a policy that AWS has",
        source: "ALB User Guide, Security policies",
        check: tls,
    },
    Rule {
        name: "header fields are dropped by application balancers only",
        source: "ELB API Reference, LoadBalancerAttribute",
        check: header_fields,
    },
    Rule {
        name: "who calls a function may, from the one front only",
        source: "Lambda Developer Guide, Resource-based policies",
        check: permission,
    },
    Rule {
        name: "a public function URL has both permissions",
        source: "Lambda Developer Guide, Control access to Lambda function URLs",
        check: function_url,
    },
    Rule {
        name: "an HTTP API waits longer than its function",
        source: "API Gateway Developer Guide, Quotas for HTTP APIs (30 s)",
        check: integration,
    },
    Rule {
        name: "an HTTP API's integration, route and stage are the default ones",
        source: "API Gateway Developer Guide, AWS Lambda proxy integrations for HTTP APIs",
        check: http_api,
    },
    Rule {
        name: "a regional domain has TLS 1.2 and a certificate that is validated",
        source: "API Gateway V2 API Reference, DomainNameConfiguration",
        check: domain,
    },
    Rule {
        name: "a REST API's regional domain has TLS 1.2 and a certificate that is validated",
        source: "API Gateway API Reference, CreateDomainName",
        check: rest_domain,
    },
    Rule {
        name: "a REST API's integration is a mock or a call of DynamoDB, has a default response, and maps to responses of its method",
        source: "API Gateway Developer Guide, OpenAPI extensions: x-amazon-apigateway-integration; Quotas for REST APIs",
        check: rest_integration,
    },
    Rule {
        name: "a stage's variables have AWS's characters, and a deployment follows its API",
        source: "API Gateway Developer Guide, Use stage variables for a REST API; AWS provider, aws_api_gateway_deployment",
        check: rest_stage,
    },
    Rule {
        name: "a certificate is validated by a record in the zone",
        source: "ACM User Guide, DNS validation",
        check: certificate,
    },
    Rule { name: "an alias names its target's own zone", source: "Route 53 API Reference, AliasTarget", check: alias },
];

fn listener(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb_listener") {
        let Some(balancer) = view.referred("aws_lb", &text(&block.value["load_balancer_arn"])) else {
            met.hold(false, format!("{}: of no balancer", block.address));
            continue;
        };
        let protocol = text(&block.value["protocol"]);
        let fits = match balancer.value["load_balancer_type"].as_str() {
            Some("application") => ["HTTP", "HTTPS"].contains(&protocol.as_str()),
            Some("network") => ["TCP", "TLS", "UDP", "TCP_UDP"].contains(&protocol.as_str()),
            _ => false,
        };
        met.hold(fits, format!("{}: {protocol}", block.address));
    }
}

fn pairs(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb_listener") {
        let target = text(&block.value["default_action"]["target_group_arn"]);
        let Some(group) = view.referred("aws_lb_target_group", &target) else {
            met.hold(false, format!("{}: forwards to nothing", block.address));
            continue;
        };
        let (outer, inner) = (text(&block.value["protocol"]), text(&group.value["protocol"]));
        let fits = match outer.as_str() {
            // A function's group has none.
            "HTTP" | "HTTPS" if group.value["target_type"] == "lambda" => inner.is_empty(),
            "HTTP" | "HTTPS" => ["HTTP", "HTTPS"].contains(&inner.as_str()),
            "TCP" => ["TCP", "TCP_UDP"].contains(&inner.as_str()),
            "TLS" => ["TCP", "TLS"].contains(&inner.as_str()),
            _ => false,
        };
        met.hold(fits, format!("{}: {outer} to {inner}", block.address));
    }
}

fn zones(view: &View, met: &mut Met) {
    let subnets = text(&view.configuration["locals"]["subnet_ids"]);
    let zones = subnets.rsplit_once(", 0, ").and_then(|(_, end)| end.strip_suffix(")}")?.parse::<u32>().ok());
    for block in view.resources("aws_lb") {
        let fewest = if block.value["load_balancer_type"] == "application" { 2 } else { 1 };
        met.hold(zones.is_some_and(|zones| zones >= fewest), format!("{}: {zones:?} zones", block.address));
    }
}

fn function_targets(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb_target_group").into_iter().filter(|it| it.value["target_type"] == "lambda") {
        let bare = ["port", "protocol", "vpc_id"].iter().all(|field| block.value[field].is_null());
        let application = view.resources("aws_lb").iter().all(|it| it.value["load_balancer_type"] == "application");
        met.hold(bare && application, block.address);
    }
}

fn target_type(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb_target_group") {
        let wanted = if !view.resources("aws_instance").is_empty() || !view.resources("aws_eks_node_group").is_empty() {
            "instance"
        } else if !view.resources("aws_ecs_service").is_empty() {
            "ip"
        } else {
            "lambda"
        };
        met.hold(block.value["target_type"] == wanted, block.address);
    }
}

fn health_check(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb_target_group") {
        let check = &block.value["health_check"];
        if check.is_null() {
            continue;
        }
        let value = |field: &str| number(&check[field]).unwrap_or(-1.0);
        let (interval, timeout, healthy) = (value("interval"), value("timeout"), value("healthy_threshold"));
        let bounds = (5.0..=300.0).contains(&interval) && (2.0..=120.0).contains(&timeout) && timeout < interval;
        let path = check["path"].as_str().is_some_and(|path| path.starts_with('/') && path.len() <= 1024);
        met.hold(bounds && (2.0..=10.0).contains(&healthy) && path, format!("{}: {check}", block.address));
    }
}

fn draining(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb_target_group") {
        if let Some(seconds) = number(&block.value["deregistration_delay"]) {
            met.hold((0.0..=3600.0).contains(&seconds), format!("{}: {seconds} s", block.address));
        }
    }
}

fn tls(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb_listener") {
        let encrypts = ["HTTPS", "TLS"].contains(&text(&block.value["protocol"]).as_str());
        let policy = text(&block.value["ssl_policy"]);
        let has_certificate = text(&block.value["certificate_arn"]).contains("aws_acm_certificate_validation.");
        let fits = match encrypts {
            true => has_certificate && policy == "ELBSecurityPolicy-TLS13-1-2-2021-06",
            false => policy.is_empty() && block.value["certificate_arn"].is_null(),
        };
        met.hold(fits, format!("{}: {policy}", block.address));
    }
}

fn header_fields(view: &View, met: &mut Met) {
    for block in view.resources("aws_lb").into_iter().filter(|it| !it.value["drop_invalid_header_fields"].is_null()) {
        met.hold(block.value["load_balancer_type"] == "application", block.address);
    }
}

fn permission(view: &View, met: &mut Met) {
    const FRONTS: [(&str, &str, &str); 2] = [
        ("elasticloadbalancing.amazonaws.com", "aws_lb_target_group", ".arn}"),
        ("apigateway.amazonaws.com", "aws_apigatewayv2_api", ".execution_arn}/*/*"),
    ];
    for block in view.resources("aws_lambda_permission").into_iter().filter(|it| it.value["principal"] != "*") {
        let (principal, source) = (text(&block.value["principal"]), text(&block.value["source_arn"]));
        let fits = FRONTS.iter().any(|(service, kind, end)| {
            principal == *service && view.referred(kind, &source).is_some() && source.ends_with(end)
        });
        met.hold(fits && block.value["action"] == "lambda:InvokeFunction", format!("{}: {source}", block.address));
    }
}

fn function_url(view: &View, met: &mut Met) {
    for block in
        view.resources("aws_lambda_function_url").into_iter().filter(|it| it.value["authorization_type"] == "NONE")
    {
        let permissions = view.resources("aws_lambda_permission");
        let allows = |action: &str, limit: &str| {
            permissions
                .iter()
                .any(|it| it.value["action"] == action && it.value["principal"] == "*" && !it.value[limit].is_null())
        };
        let both = allows("lambda:InvokeFunctionUrl", "function_url_auth_type")
            && allows("lambda:InvokeFunction", "invoked_via_function_url");
        met.hold(both, block.address);
    }
}

fn integration(view: &View, met: &mut Met) {
    for block in view.resources("aws_apigatewayv2_integration") {
        let function = view.referred("aws_lambda_function", &text(&block.value["integration_uri"]));
        let seconds = function.as_ref().and_then(|function| number(&function.value["timeout"]));
        met.hold(seconds.is_some_and(|seconds| seconds < 30.0), format!("{}: {seconds:?} s", block.address));
    }
}

fn http_api(view: &View, met: &mut Met) {
    for block in view.resources("aws_apigatewayv2_integration") {
        let value = block.value;
        met.hold(value["integration_type"] == "AWS_PROXY" && value["payload_format_version"] == "2.0", block.address);
    }
    for block in view.resources("aws_apigatewayv2_route") {
        let target = text(&block.value["target"]);
        let integrates =
            target.starts_with("integrations/") && view.referred("aws_apigatewayv2_integration", &target).is_some();
        met.hold(block.value["route_key"] == "$default" && integrates, block.address);
    }
    for block in view.resources("aws_apigatewayv2_stage") {
        met.hold(block.value["name"] == "$default" && block.value["auto_deploy"] == true, block.address);
    }
}

fn domain(view: &View, met: &mut Met) {
    for block in view.resources("aws_apigatewayv2_domain_name") {
        let settings = &block.value["domain_name_configuration"];
        let validated = text(&settings["certificate_arn"]).contains("aws_acm_certificate_validation.");
        met.hold(
            settings["security_policy"] == "TLS_1_2" && settings["endpoint_type"] == "REGIONAL" && validated,
            block.address,
        );
    }
}

fn rest_domain(view: &View, met: &mut Met) {
    for block in view.resources("aws_api_gateway_domain_name") {
        let validated = text(&block.value["regional_certificate_arn"]).contains("aws_acm_certificate_validation.");
        let regional = block.value["endpoint_configuration"]["types"] == serde_json::json!(["REGIONAL"]);
        met.hold(block.value["security_policy"] == "TLS_1_2" && regional && validated, block.address);
    }
}

/// The parts of an API's body: each integration with the statuses of its method's responses.
fn integrations(view: &View) -> Vec<(String, serde_json::Value, Vec<String>)> {
    let mut all = Vec::new();
    for block in view.resources("aws_api_gateway_rest_api") {
        let body: serde_json::Value = serde_json::from_str(&text(&block.value["body"])).unwrap_or_default();
        for (path, methods) in body["paths"].as_object().into_iter().flatten() {
            for (method, operation) in
                methods.as_object().into_iter().flatten().filter(|(name, _)| *name != "parameters")
            {
                let statuses =
                    operation["responses"].as_object().into_iter().flatten().map(|(status, _)| status.clone());
                let integration = operation["x-amazon-apigateway-integration"].clone();
                all.push((format!("{}: {method} {path}", block.address), integration, statuses.collect()));
            }
        }
    }
    all
}

fn rest_integration(view: &View, met: &mut Met) {
    for (place, integration, statuses) in integrations(view) {
        let timeout = number(&integration["timeoutInMillis"]);
        met.hold(timeout.is_some_and(|ms| (50.0..=29_000.0).contains(&ms)), format!("{place}: {timeout:?} ms"));
        let credentials = text(&integration["credentials"]);
        let calls = match integration["type"].as_str() {
            Some("MOCK") => integration["uri"].is_null() && integration["credentials"].is_null(),
            Some("AWS") => {
                text(&integration["uri"]).starts_with("arn:aws:apigateway:${var.region}:dynamodb:action/")
                    && integration["httpMethod"] == "POST"
                    && view.referred("aws_iam_role", &credentials).is_some()
            }
            _ => false,
        };
        met.hold(calls && integration["passthroughBehavior"] == "never", place.clone());
        let responses: Vec<_> = integration["responses"].as_object().into_iter().flatten().collect();
        met.hold(responses.iter().any(|(pattern, _)| *pattern == "default"), format!("{place}: no default response"));
        for (_, response) in responses {
            met.hold(statuses.contains(&text(&response["statusCode"])), format!("{place}: {}", response["statusCode"]));
        }
        // The largest template: API Gateway Developer Guide, "Quotas for configuring and running a REST API".
        let longest = integration.to_string().len();
        met.hold(longest < 300_000, format!("{place}: {longest} bytes"));
    }
}

fn rest_stage(view: &View, met: &mut Met) {
    const OTHERS: &str = "-._~:/?#&=,";
    for block in view.resources("aws_api_gateway_stage") {
        for (name, value) in block.value["variables"].as_object().into_iter().flatten() {
            let value = text(value);
            let fits =
                value.starts_with("${") || value.chars().all(|it| it.is_ascii_alphanumeric() || OTHERS.contains(it));
            met.hold(
                fits && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_'),
                format!("{}: {name}", block.address),
            );
        }
    }
    for block in view.resources("aws_api_gateway_deployment") {
        let triggered = block.value["triggers"].to_string().contains("aws_api_gateway_rest_api.");
        met.hold(triggered && block.value["lifecycle"]["create_before_destroy"] == true, block.address);
    }
}

fn certificate(view: &View, met: &mut Met) {
    for block in view.resources("aws_acm_certificate") {
        let waits = view.resources("aws_acm_certificate_validation").iter().any(|it| {
            refers(&text(&it.value["certificate_arn"]), "aws_acm_certificate", block.name)
                && listed(&it.value["validation_record_fqdns"])
                    .iter()
                    .all(|name| view.referred("aws_route53_record", &text(name)).is_some())
        });
        met.hold(block.value["validation_method"] == "DNS" && waits, block.address);
    }
}

fn alias(view: &View, met: &mut Met) {
    for block in view.resources("aws_route53_record").into_iter().filter(|it| it.value["alias"].is_object()) {
        let (name, zone) = (text(&block.value["alias"]["name"]), text(&block.value["alias"]["zone_id"]));
        let same = |kind: &str| view.referred(kind, &name).is_some_and(|it| refers(&zone, kind, it.name));
        let kinds = ["aws_lb", "aws_apigatewayv2_domain_name", "aws_api_gateway_domain_name"];
        met.hold(kinds.into_iter().any(same), format!("{}: {zone}", block.address));
    }
}
