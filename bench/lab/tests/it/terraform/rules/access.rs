//! IAM: actions, what they are allowed on, and conditions that hold what they say.

use serde_json::Value;

use super::view::{Block, View, listed, refers, text, texts};
use super::{Met, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule { name: "an action is a known one", source: "Service Authorization Reference, Actions", check: actions },
    Rule {
        name: "an action is allowed on what it has as resource",
        source: "Service Authorization Reference, Resource types",
        check: resources,
    },
    Rule {
        name: "a condition's key is one that the action has",
        source: "Service Authorization Reference, Condition keys",
        check: conditions,
    },
    Rule {
        name: "no statement makes another one's condition void",
        source: "IAM User Guide, Policy evaluation logic: in one account, identity or resource policy suffices",
        check: void,
    },
    Rule {
        name: "a refusal of everybody has a condition",
        source: "S3 User Guide, Bucket policy examples: a bucket that refuses all locks its owner out",
        check: refusals,
    },
    Rule {
        name: "a role is taken by the service that uses it",
        source: "IAM User Guide, Roles for AWS services",
        check: trust,
    },
    Rule {
        name: "a role's inline policies fit",
        source: "IAM User Guide, IAM and AWS STS quotas (10,240 characters)",
        check: size,
    },
    Rule {
        name: "a role has none of AWS's own policies",
        source: "least privilege: AmazonSSMManagedInstanceCore may read each parameter (AWS Managed Policy Reference)",
        check: managed,
    },
    Rule {
        name: "who works by a role waits for its policy",
        source: "IAM User Guide, Changes are not always immediately visible",
        check: order,
    },
];

/// An action that some part allows: on which type of resource (`*`: it has none, or none that has a name before it is
/// made), and the condition keys that it has beside the global ones.
struct Action {
    name: &'static str,
    on: &'static [&'static str],
    end: &'static str,
    keys: &'static [&'static str],
}

const fn on(name: &'static str, kinds: &'static [&'static str]) -> Action {
    Action { name, on: kinds, end: ".arn}", keys: &[] }
}

const ANY: &[&str] = &["*"];
const GROUP: &[&str] = &["aws_cloudwatch_log_group"];
const REPOSITORY: &[&str] = &["aws_ecr_repository", REPOSITORIES];
const BUCKET: &[&str] = &["aws_s3_bucket"];
const TABLE: &[&str] = &["aws_dynamodb_table"];
/// What is asked of an index is asked of its table, too.
const INDEX: &str = ".arn}/index/";
const FILES: &[&str] = &["aws_efs_file_system"];
const CLUSTER: &[&str] = &["aws_eks_cluster"];
const VOLUME: &[&str] = &["aws_ebs_volume", INSTANCES];
/// What has no name before it is made, and AWS's own repositories: patterns of ARNs.
const INSTANCES: &str = "arn:*:ec2:*:*:instance/*";
const INTERFACES: &str = "arn:*:ec2:*:*:network-interface/*";
const REPOSITORIES: &str = "arn:*:ecr:*:*:repository/*";
const POINT: &[&str] = &["elasticfilesystem:AccessPointArn", "elasticfilesystem:AccessedViaMountTarget"];

const ACTIONS: [Action; 64] = [
    Action { name: "sts:AssumeRole", on: &[], end: "", keys: &["sts:ExternalId"] },
    Action { end: ".arn}:*", ..on("logs:CreateLogStream", GROUP) },
    Action { end: ".arn}:*", ..on("logs:PutLogEvents", GROUP) },
    on("dynamodb:UpdateItem", TABLE),
    on("dynamodb:BatchWriteItem", TABLE),
    on("dynamodb:ConditionCheckItem", TABLE),
    on("dynamodb:DeleteItem", TABLE),
    on("dynamodb:DescribeTable", TABLE),
    on("dynamodb:BatchGetItem", TABLE),
    on("dynamodb:GetItem", TABLE),
    on("dynamodb:PutItem", TABLE),
    Action { end: INDEX, ..on("dynamodb:Query", TABLE) },
    Action { end: INDEX, ..on("dynamodb:Scan", TABLE) },
    Action { end: ".arn}/", ..on("s3:AbortMultipartUpload", BUCKET) },
    Action { end: ".arn}/", ..on("s3:DeleteObject", BUCKET) },
    Action { end: ".arn}/", ..on("s3:GetObjectTagging", BUCKET) },
    Action { end: ".arn}/", ..on("s3:PutObjectTagging", BUCKET) },
    Action { end: ".arn}/", ..on("s3:GetObject", BUCKET) },
    Action { end: ".arn}/", ..on("s3:PutObject", BUCKET) },
    on("s3:ListBucket", BUCKET),
    on("s3:GetBucketLocation", BUCKET),
    on("s3:*", BUCKET),
    on("ecr:GetAuthorizationToken", ANY),
    on("ecr:BatchCheckLayerAvailability", REPOSITORY),
    on("ecr:BatchGetImage", REPOSITORY),
    on("ecr:GetDownloadUrlForLayer", REPOSITORY),
    Action { keys: POINT, ..on("elasticfilesystem:ClientMount", FILES) },
    Action { keys: POINT, ..on("elasticfilesystem:ClientWrite", FILES) },
    on("ssm:UpdateInstanceInformation", ANY),
    on("ssmmessages:CreateControlChannel", ANY),
    on("ssmmessages:CreateDataChannel", ANY),
    on("ssmmessages:OpenControlChannel", ANY),
    on("ssmmessages:OpenDataChannel", ANY),
    on("ec2:CopySnapshot", ANY),
    on("ec2:Describe*", ANY),
    on("ec2:ModifySnapshotAttribute", ANY),
    on("ec2:RegisterImage", ANY),
    Action { name: "sts:TagSession", on: &[], end: "", keys: &[] },
    on("eks:DescribeCluster", CLUSTER),
    on("eks-auth:AssumeRoleForPodIdentity", CLUSTER),
    on("kms:DescribeKey", ANY),
    on("ec2:CreateTags", &[INSTANCES, INTERFACES]),
    on("ec2:AttachVolume", VOLUME),
    on("ec2:DetachVolume", VOLUME),
    on("ec2:AssignPrivateIpAddresses", ANY),
    on("ec2:AttachNetworkInterface", ANY),
    on("ec2:CreateNetworkInterface", ANY),
    on("ec2:DeleteNetworkInterface", ANY),
    on("ec2:DetachNetworkInterface", ANY),
    on("ec2:ModifyNetworkInterfaceAttribute", ANY),
    on("ec2:UnassignPrivateIpAddresses", ANY),
    on("ec2:DescribeAvailabilityZones", ANY),
    on("ec2:DescribeDhcpOptions", ANY),
    on("ec2:DescribeInstances", ANY),
    on("ec2:DescribeInstanceTopology", ANY),
    on("ec2:DescribeInstanceTypes", ANY),
    on("ec2:DescribeNetworkInterfaces", ANY),
    on("ec2:DescribeRouteTables", ANY),
    on("ec2:DescribeSecurityGroups", ANY),
    on("ec2:DescribeSubnets", ANY),
    on("ec2:DescribeTags", ANY),
    on("ec2:DescribeVolumes", ANY),
    on("ec2:DescribeVolumesModifications", ANY),
    on("ec2:DescribeVpcs", ANY),
];

/// A statement of some policy.
struct Statement<'a> {
    at: String,
    document: &'a str,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<(String, Vec<String>)>,
    allows: bool,
    principals: &'a Value,
}

/// All statements: those of policy documents, and those that kOps gives to its nodes.
fn statements<'a>(view: &View<'a>) -> Vec<Statement<'a>> {
    let documents = view.data("aws_iam_policy_document");
    let of = |block: &Block<'a>| {
        let (address, name) = (block.address.clone(), block.name);
        listed(&block.value["statement"]).into_iter().map(move |it| Statement {
            at: address.clone(),
            document: name,
            actions: texts(&it["actions"]),
            resources: texts(&it["resources"]),
            conditions: listed(&it["condition"])
                .into_iter()
                .map(|it| (text(&it["variable"]), texts(&it["values"])))
                .collect(),
            allows: it["effect"].as_str().unwrap_or("Allow") == "Allow",
            principals: &it["principals"],
        })
    };
    let nodes = listed(&view.configuration["locals"]["node_statements"]).into_iter().map(|it| Statement {
        at: "local.node_statements".to_owned(),
        document: "node_statements",
        actions: texts(&it["Action"]),
        resources: texts(&it["Resource"]),
        conditions: Vec::new(),
        allows: it["Effect"] == "Allow",
        principals: &Value::Null,
    });
    documents.iter().flat_map(of).chain(nodes).collect()
}

fn known(name: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == name)
}

fn actions(view: &View, met: &mut Met) {
    for statement in statements(view) {
        met.hold(!statement.actions.is_empty(), format!("{}: no action", statement.at));
        for name in &statement.actions {
            met.hold(known(name).is_some(), format!("{}: {name}", statement.at));
        }
    }
}

fn resources(view: &View, met: &mut Met) {
    for statement in statements(view) {
        let actions: Vec<_> = statement.actions.iter().filter_map(|name| known(name)).collect();
        let on: Vec<_> = actions.iter().flat_map(|action| action.on).collect();
        for resource in &statement.resources {
            let fits = |action: &&Action| {
                action.on.iter().any(|kind| match *kind {
                    "*" => resource == "*",
                    pattern if pattern.starts_with("arn:") => resource == pattern,
                    kind => {
                        let bucket =
                            kind == "aws_s3_bucket" && (resource.ends_with(".arn}/*") || action.name == "s3:*");
                        let ends = resource.ends_with(action.end)
                            || (action.end.ends_with('/') && resource.contains(action.end))
                            || (action.end == INDEX && resource.ends_with(".arn}"));
                        view.referred(kind, resource).is_some() && (ends || bucket)
                    }
                })
            };
            met.hold(actions.iter().any(fits), format!("{}: {:?} on {resource}", statement.at, statement.actions));
        }
        // A repository's policy is about the repository that has it: ECR takes no resource in it.
        let of_repository = view
            .resources("aws_ecr_repository_policy")
            .iter()
            .any(|it| text(&it.value["policy"]) == format!("${{{}.json}}", statement.at));
        let needs = !on.is_empty() && !of_repository;
        met.hold(
            needs != statement.resources.is_empty(),
            format!("{}: {:?} on nothing", statement.at, statement.actions),
        );
    }
}

fn conditions(view: &View, met: &mut Met) {
    const GLOBAL: [&str; 5] =
        ["aws:ResourceTag/lab:deployment", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "aws:TagKeys"];
    for statement in statements(view) {
        for (key, values) in &statement.conditions {
            let has =
                |name: &String| known(name).is_some_and(|it| it.keys.iter().any(|own| own.eq_ignore_ascii_case(key)));
            let fits = GLOBAL.contains(&key.as_str()) || statement.actions.iter().all(has);
            met.hold(fits && !values.is_empty(), format!("{}: {key}", statement.at));
        }
    }
}

fn void(view: &View, met: &mut Met) {
    let all = statements(view);
    for bound in all.iter().filter(|it| it.allows && !it.conditions.is_empty()) {
        for other in all.iter().filter(|it| it.allows && it.conditions.is_empty()) {
            let same = |one: &[String], two: &[String]| one.iter().any(|it| two.contains(it));
            let both = same(&bound.actions, &other.actions) && same(&bound.resources, &other.resources);
            // Who takes a role is not allowed by another role's trust.
            met.hold(!both || bound.resources.is_empty(), format!("{} voids {}", other.at, bound.at));
        }
    }
}

fn refusals(view: &View, met: &mut Met) {
    for statement in statements(view).into_iter().filter(|it| !it.allows) {
        let everybody = statement.principals["type"] == "*";
        met.hold(everybody && !statement.conditions.is_empty(), statement.at);
    }
}

/// Who works by a role: type, argument, and the service that takes it.
const USERS: [(&str, &str, &str); 9] = [
    ("aws_lambda_function", "role", "lambda.amazonaws.com"),
    ("aws_ecs_task_definition", "task_role_arn", "ecs-tasks.amazonaws.com"),
    ("aws_ecs_task_definition", "execution_role_arn", "ecs-tasks.amazonaws.com"),
    ("aws_iam_instance_profile", "role", "ec2.amazonaws.com"),
    ("aws_ebs_snapshot_import", "role_name", "vmie.amazonaws.com"),
    ("aws_api_gateway_rest_api", "body", "apigateway.amazonaws.com"),
    ("aws_eks_cluster", "role_arn", "eks.amazonaws.com"),
    ("aws_eks_node_group", "node_role_arn", "ec2.amazonaws.com"),
    ("aws_eks_pod_identity_association", "role_arn", "pods.eks.amazonaws.com"),
];

fn trust(view: &View, met: &mut Met) {
    for role in view.resources("aws_iam_role") {
        let services: Vec<_> = USERS
            .iter()
            .filter(|(kind, argument, _)| {
                view.resources(kind).iter().any(|it| refers(&text(&it.value[argument]), "aws_iam_role", role.name))
            })
            .map(|(_, _, service)| *service)
            .collect();
        let written = text(&role.value["assume_role_policy"]);
        let trusted: Vec<_> = statements(view)
            .into_iter()
            .filter(|it| written.contains(&format!("aws_iam_policy_document.{}.", it.document)))
            .flat_map(|it| texts(&it.principals["identifiers"]))
            .collect();
        let fits = !services.is_empty() && services.iter().all(|service| trusted == [*service]);
        met.hold(fits, format!("{}: used by {services:?}, taken by {trusted:?}", role.address));
    }
}

fn size(view: &View, met: &mut Met) {
    for block in view.data("aws_iam_policy_document") {
        // References are ARNs of at most 200 characters.
        let written = block.value["statement"].to_string();
        let size = written.len() + 200 * written.matches("${").count();
        met.hold(size <= 10_240, format!("{}: {size}", block.address));
    }
}

fn managed(view: &View, met: &mut Met) {
    let attached = view.types().filter(|kind| kind.contains("policy_attachment")).count();
    for role in view.resources("aws_iam_role") {
        met.hold(attached == 0 && role.value["managed_policy_arns"].is_null(), role.address);
    }
}

fn order(view: &View, met: &mut Met) {
    for (kind, argument, _) in USERS.iter().filter(|(kind, _, _)| *kind != "aws_iam_instance_profile") {
        // Tasks wait as a service, not as their definition.
        let kind = if *kind == "aws_ecs_task_definition" { "aws_ecs_service" } else { kind };
        for block in view.resources(kind) {
            let after = texts(&block.value["depends_on"]);
            let policies = view.resources("aws_iam_role_policy").into_iter();
            let wanted = policies.filter(|policy| match kind {
                "aws_ecs_service" => true,
                _ => refers(&text(&block.value[argument]), "aws_iam_role", policy.name),
            });
            for policy in wanted.filter(|policy| kind != "aws_ecs_service" || policy.name != "probe") {
                met.hold(
                    after.contains(&policy.address),
                    format!("{} does not wait for {}", block.address, policy.address),
                );
            }
        }
    }
}
