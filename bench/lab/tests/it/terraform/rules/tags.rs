//! The tag by which `lab destroy` finds what is left: whatever can have it has it, and each type of resource is known
//! by how AWS lists it.

use super::super::schema::SCHEMAS;
use super::view::{View, listed, longest, text};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "a type of resource is known by how AWS lists it by tag",
        source: "Resource Groups Tagging API Reference, Supported services",
        check: known,
    },
    Rule {
        name: "a type has tags where the provider says so, and only there",
        source: "the provider's schema (infra/schema)",
        check: taggable,
    },
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

/// How AWS's list by tag names a type: what its ARNs have. Empty for what has no tags.
pub(super) const TYPES: [(&str, &str); 53] = [
    ("aws_acm_certificate", ":certificate/"),
    ("aws_acm_certificate_validation", ""),
    ("aws_ami", ":image/"),
    ("aws_apigatewayv2_api", "/apis/"),
    ("aws_apigatewayv2_api_mapping", ""),
    ("aws_apigatewayv2_domain_name", "/domainnames/"),
    ("aws_apigatewayv2_integration", ""),
    ("aws_apigatewayv2_route", ""),
    ("aws_apigatewayv2_stage", "/stages/"),
    ("aws_cloudwatch_log_group", ":log-group:"),
    ("aws_default_security_group", ":security-group/"),
    ("aws_dynamodb_table", ":table/"),
    // The snapshot, and for a week the task that made it (`import-snapshot-task`).
    ("aws_ebs_snapshot_import", ":snapshot/"),
    ("aws_ecr_lifecycle_policy", ""),
    ("aws_ecr_repository", ":repository/"),
    ("aws_ecs_cluster", ":cluster/"),
    ("aws_ecs_cluster_capacity_providers", ""),
    ("aws_ecs_service", ":service/"),
    ("aws_ecs_task_definition", ":task-definition/"),
    ("aws_efs_access_point", ":access-point/"),
    ("aws_efs_file_system", ":file-system/"),
    ("aws_efs_file_system_policy", ""),
    ("aws_efs_mount_target", ""),
    // Not in the list by tag: `lab destroy` asks IAM.
    ("aws_iam_instance_profile", ":instance-profile/"),
    ("aws_iam_role", ":role/"),
    ("aws_iam_role_policy", ""),
    ("aws_instance", ":instance/"),
    ("aws_internet_gateway", ":internet-gateway/"),
    ("aws_lambda_function", ":function:"),
    ("aws_lambda_function_url", ""),
    ("aws_lambda_permission", ""),
    ("aws_lb", ":loadbalancer/"),
    ("aws_lb_listener", ":listener/"),
    ("aws_lb_target_group", ":targetgroup/"),
    ("aws_lb_target_group_attachment", ""),
    ("aws_route", ""),
    ("aws_route53_record", ""),
    ("aws_route_table", ":route-table/"),
    ("aws_route_table_association", ""),
    ("aws_s3_bucket", ":s3:::"),
    ("aws_s3_bucket_lifecycle_configuration", ""),
    ("aws_s3_bucket_policy", ""),
    ("aws_s3_bucket_public_access_block", ""),
    ("aws_s3_bucket_server_side_encryption_configuration", ""),
    // It has tags, and no list by tag: it goes with its bucket.
    ("aws_s3_object", ":s3:::"),
    ("aws_security_group", ":security-group/"),
    ("aws_subnet", ":subnet/"),
    ("aws_vpc", ":vpc/"),
    ("aws_vpc_security_group_egress_rule", ":security-group-rule/"),
    ("aws_vpc_security_group_ingress_rule", ":security-group-rule/"),
    ("terraform_data", ""),
    ("aws_launch_template", ":launch-template/"),
    ("aws_autoscaling_group", ":autoScalingGroup:"),
];

fn known(view: &View, met: &mut Met) {
    for kind in view.types() {
        met.hold(TYPES.iter().any(|(name, _)| *name == kind), kind);
    }
}

fn taggable(view: &View, met: &mut Met) {
    for (schema, kind) in SCHEMAS.iter().flat_map(|schema| view.types().map(move |kind| (schema, kind))) {
        let properties =
            &schema.document["properties"]["resource"]["properties"][kind]["additionalProperties"]["properties"];
        let marked = TYPES.iter().find(|(name, _)| *name == kind).is_some_and(|(_, mark)| !mark.is_empty());
        // The default security group is adopted, not made.
        met.hold(properties.get("tags").is_some() == marked, format!("{kind}, {}", schema.version));
    }
}

fn default_tags(view: &View, met: &mut Met) {
    let tags = &view.configuration["provider"]["aws"]["default_tags"]["tags"];
    met.hold(tags["lab:deployment"] == "${var.name}", "lab:deployment");
    met.hold(tags["lab:way"] == view.way.way.to_string(), "lab:way");
}

fn handed_on(view: &View, met: &mut Met) {
    for block in view.resources("aws_instance") {
        met.hold(block.value["volume_tags"]["lab:deployment"] == "${var.name}", block.address);
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

#[test]
fn each_known_type_is_in_some_way_or_made_by_kops() {
    let ways = super::rendered();
    let mut made: std::collections::BTreeSet<_> = ways.iter().flat_map(|way| View::of(way).types()).collect();
    // kOps makes these: `lab destroy` asks for them.
    made.extend(["aws_launch_template", "aws_autoscaling_group"]);
    let idle: Vec<_> = TYPES.iter().map(|(kind, _)| *kind).filter(|kind| !made.contains(kind)).collect();
    assert!(idle.is_empty(), "in no way: {idle:?}");
}
