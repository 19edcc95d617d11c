//! The tag by which `lab destroy` finds what is left: whatever can have it has it. How each type is asked for by it stands in
//! bench/deploy/src/leftovers.

use super::view::{View, listed, longest, text};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "all that can have tags gets the deployment's",
        source: "hashicorp/aws, default_tags",
        check: default_tags,
    },
    Rule {
        name: "what AWS makes for a resource gets the tags from it",
        source: "EC2 API Reference, TagSpecification; ECS API Reference, propagateTags",
        check: handed_on,
    },
    Rule {
        name: "what kOps and Kubernetes make gets the tags",
        source: "kOps, cluster spec: cloudLabels; AWS Load Balancer Controller, annotations",
        check: cluster,
    },
    Rule {
        name: "a tag is of characters that AWS takes",
        source: "Tag Editor User Guide, Tag naming limits and requirements",
        check: characters,
    },
];

fn default_tags(view: &View, met: &mut Met) {
    let tags = &view.configuration["provider"]["aws"]["default_tags"]["tags"];
    met.hold(tags["lab:deployment"] == "${var.name}", "lab:deployment");
    met.hold(tags["lab:way"] == view.way.name, "lab:way");
}

fn handed_on(view: &View, met: &mut Met) {
    for block in view.resources("aws_instance") {
        met.hold(block.value["volume_tags"]["lab:deployment"] == "${var.name}", block.address);
    }
    for block in view.resources("aws_launch_template") {
        let handed = |kind: &str| {
            let mut specifications = listed(&block.value["tag_specifications"]).into_iter();
            specifications.any(|it| it["resource_type"] == kind && it["tags"]["lab:deployment"] == "${var.name}")
        };
        met.hold(["instance", "network-interface", "volume"].into_iter().all(handed), block.address);
    }
    for block in view.resources("aws_ecs_service") {
        let handed = block.value["propagate_tags"] == "SERVICE" && block.value["enable_ecs_managed_tags"] == true;
        met.hold(handed, block.address);
    }
}

fn cluster(view: &View, met: &mut Met) {
    for object in listed(&view.configuration["locals"]["kops"]).into_iter().filter(|it| it["kind"] == "Cluster") {
        met.hold(object["spec"]["cloudLabels"]["lab:deployment"] == "${var.name}", &object["metadata"]["name"]);
    }
    for object in listed(&view.configuration["locals"]["manifests"]["items"]) {
        let balances = object["kind"] == "Ingress" || object["spec"]["type"] == "LoadBalancer";
        if balances {
            let annotations = object["metadata"]["annotations"].as_object();
            let tagged = annotations
                .into_iter()
                .flatten()
                .any(|(name, value)| name.ends_with("tags") && text(value).contains("lab:deployment=${var.name}"));
            met.hold(tagged, &object["kind"]);
        }
    }
}

fn characters(view: &View, met: &mut Met) {
    let own = view.configuration["resource"].as_object().into_iter().flatten();
    let own = own.flat_map(|(_, named)| named.as_object().into_iter().flatten().map(|(_, value)| &value["tags"]));
    let all = own.chain([&view.configuration["provider"]["aws"]["default_tags"]["tags"]]);
    for (key, value) in all.flat_map(|tags| tags.as_object().into_iter().flatten()) {
        let fits = |text: &str, most: usize| {
            (1..=most).contains(&text.len())
                && text.chars().all(|letter| letter.is_ascii_alphanumeric() || " +-=._:/@".contains(letter))
        };
        met.hold(fits(key, 128) && fits(&longest(&text(value)), 256) && !key.starts_with("aws:"), key);
    }
}
