//! Lightsail's container services: their power, their image, their endpoint.

use ways::{Axis, Power};

use super::view::{View, number, refers, text, texts};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "a container service is of a power that Lightsail has, and of one node where each would count apart",
        source: "Lightsail API Reference, CreateContainerService: power, scale",
        check: service,
    },
    Rule {
        name: "a container service pulls its image by its own role, which the repository lets in, once it is pushed",
        source: "Lightsail Developer Guide, Amazon ECR private repository access",
        check: pull,
    },
    Rule {
        name: "an endpoint's port is one that its container opens, and its health check is within Lightsail's bounds",
        source: "Lightsail API Reference, EndpointRequest, ContainerServiceHealthCheckConfig",
        check: endpoint,
    },
];

const POWERS: [&str; 6] = ["nano", "micro", "small", "medium", "large", "xlarge"];

fn service(view: &View, met: &mut Met) {
    for block in view.resources("aws_lightsail_container_service") {
        let words = view.words_of("power");
        let known = words == POWERS && Power::all().map(|power| power.to_string()).eq(POWERS.map(str::to_owned));
        let chosen =
            block.value["power"] == "${var.power}" && words.iter().any(|it| view.default_of("power") == it.as_str());
        let alone = view.way.way.store.facts().shared || block.value["scale"] == 1;
        met.hold(known && chosen && alone, block.address);
    }
}

fn pull(view: &View, met: &mut Met) {
    const ROLE: &str = ".private_registry_access[0].ecr_image_puller_role[0].principal_arn}";
    for block in view.resources("aws_lightsail_container_service") {
        let active = block.value["private_registry_access"]["ecr_image_puller_role"]["is_active"] == true;
        let lets_in = view.data("aws_iam_policy_document").into_iter().filter(|document| {
            let statement = &document.value["statement"];
            let actions = texts(&statement["actions"]);
            let both = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
                .iter()
                .all(|it| actions.iter().any(|has| has == it));
            let who = texts(&statement["principals"]["identifiers"]);
            let its =
                who.iter().all(|it| refers(it, "aws_lightsail_container_service", block.name) && it.ends_with(ROLE));
            both && its && statement["principals"]["type"] == "AWS"
        });
        let policies: Vec<String> =
            lets_in.map(|it| format!("${{data.aws_iam_policy_document.{}.json}}", it.name)).collect();
        let allowed: Vec<_> = view
            .resources("aws_ecr_repository_policy")
            .into_iter()
            .filter(|it| policies.contains(&text(&it.value["policy"])))
            .map(|it| it.address)
            .collect();
        met.hold(active && !allowed.is_empty(), block.address);
        for version in view.resources("aws_lightsail_container_service_deployment_version") {
            let after = texts(&version.value["depends_on"]);
            let pushed =
                after.iter().any(|it| it == "terraform_data.image") && allowed.iter().any(|it| after.contains(it));
            let image = version.value["container"]["image"] == "${local.image}";
            met.hold(pushed && image, version.address);
        }
    }
}

fn endpoint(view: &View, met: &mut Met) {
    for block in view.resources("aws_lightsail_container_service_deployment_version") {
        let (container, public) = (&block.value["container"], &block.value["public_endpoint"]);
        let port = public["container_port"].to_string();
        let opens =
            container["ports"][port.as_str()] == "HTTP" && container["container_name"] == public["container_name"];
        let check = &public["health_check"];
        let value = |field: &str| number(&check[field]).unwrap_or(-1.0);
        let (interval, timeout) = (value("interval_seconds"), value("timeout_seconds"));
        let bounds = (5.0..=300.0).contains(&interval) && (2.0..=60.0).contains(&timeout) && timeout < interval;
        let path = check["path"].as_str().is_some_and(|path| path.starts_with('/'));
        let codes = check["success_codes"].as_str().is_some_and(|codes| {
            codes.split(['-', ',']).all(|code| code.parse::<u16>().is_ok_and(|code| (200..=499).contains(&code)))
        });
        met.hold(opens && bounds && path && codes, format!("{}: {port}, {check}", block.address));
    }
}
