//! Whether something that AWS still lists by tag is deleted. That list is late: minutes for volumes and listeners
//! (aws/aws-cli#4173, aws/aws-sdk#676), hours for instances (boto/boto3#3341), and some entries never go
//! (kubernetes-sigs/aws-load-balancer-controller#2588). So each thing is queried at its own service.

use serde_json::Value;

use crate::aws::{Aws, error_code};

/// How one kind of thing is queried, and what its deletion looks like.
#[derive(Debug)]
struct Kind {
    /// The ARN's service.
    service: &'static str,
    /// How the ARN's resource begins.
    resource: &'static str,
    /// The operation, up to the name.
    call: &'static [&'static str],
    /// Which part of the ARN is its name.
    name: Name,
    /// Where the answer has a state, and the states of what is deleted. A service that has forgotten it refuses.
    deleted: Option<(&'static str, &'static [&'static str])>,
}

#[derive(Clone, Copy, Debug)]
enum Name {
    Arn,
    /// The part behind the last `/` or `:`.
    Last,
    /// The part behind the first `/` of the resource, up to the next.
    Second,
}

const fn kind(service: &'static str, resource: &'static str, call: &'static [&'static str], name: Name) -> Kind {
    Kind { service, resource, call, name, deleted: None }
}

impl Kind {
    const fn or(self, pointer: &'static str, states: &'static [&'static str]) -> Self {
        Self { deleted: Some((pointer, states)), ..self }
    }
}

use Name::{Arn, Last, Second};

/// Everything that `infra/` and kOps make and that takes tags. What is not here is there while it is listed.
const KINDS: &[Kind] = &[
    kind("acm", "certificate/", &["acm", "describe-certificate", "--certificate-arn"], Arn),
    kind("apigateway", "/apis/", &["apigatewayv2", "get-api", "--api-id"], Second),
    kind("apigateway", "/restapis/", &["apigateway", "get-rest-api", "--rest-api-id"], Second),
    kind("apigateway", "/domainnames/", &["apigatewayv2", "get-domain-name", "--domain-name"], Second),
    kind("dynamodb", "table/", &["dynamodb", "describe-table", "--table-name"], Last),
    kind("ec2", "dhcp-options/", &["ec2", "describe-dhcp-options", "--dhcp-options-ids"], Last),
    kind("ec2", "elastic-ip/", &["ec2", "describe-addresses", "--allocation-ids"], Last),
    kind("ec2", "image/", &["ec2", "describe-images", "--image-ids"], Last).or("/Images/0/State", &["deregistered"]),
    // AWS keeps finished tasks for seven days, and nobody can delete them (EC2 API, DescribeImportSnapshotTasks).
    kind("ec2", "import-snapshot-task/", &["ec2", "describe-import-snapshot-tasks", "--import-task-ids"], Last)
        .or("/ImportSnapshotTasks/0/SnapshotTaskDetail/Status", &["completed", "deleted"]),
    kind("ec2", "instance/", &["ec2", "describe-instances", "--instance-ids"], Last)
        .or("/Reservations/0/Instances/0/State/Name", &["terminated"]),
    kind("ec2", "internet-gateway/", &["ec2", "describe-internet-gateways", "--internet-gateway-ids"], Last),
    kind("ec2", "key-pair/", &["ec2", "describe-key-pairs", "--key-pair-ids"], Last),
    kind("ec2", "launch-template/", &["ec2", "describe-launch-templates", "--launch-template-ids"], Last),
    kind("ec2", "natgateway/", &["ec2", "describe-nat-gateways", "--nat-gateway-ids"], Last)
        .or("/NatGateways/0/State", &["deleted"]),
    kind("ec2", "network-interface/", &["ec2", "describe-network-interfaces", "--network-interface-ids"], Last),
    kind("ec2", "route-table/", &["ec2", "describe-route-tables", "--route-table-ids"], Last),
    kind("ec2", "security-group-rule/", &["ec2", "describe-security-group-rules", "--security-group-rule-ids"], Last),
    kind("ec2", "security-group/", &["ec2", "describe-security-groups", "--group-ids"], Last),
    kind("ec2", "snapshot/", &["ec2", "describe-snapshots", "--snapshot-ids"], Last),
    kind("ec2", "subnet/", &["ec2", "describe-subnets", "--subnet-ids"], Last),
    kind("ec2", "volume/", &["ec2", "describe-volumes", "--volume-ids"], Last).or("/Volumes/0/State", &["deleted"]),
    kind("ec2", "vpc/", &["ec2", "describe-vpcs", "--vpc-ids"], Last),
    kind("ecr", "repository/", &["ecr", "describe-repositories", "--repository-names"], Last),
    kind("ecs", "cluster/", &["ecs", "describe-clusters", "--clusters"], Arn).or("/clusters/0/status", &["INACTIVE"]),
    kind("ecs", "task-definition/", &["ecs", "describe-task-definition", "--task-definition"], Arn)
        .or("/taskDefinition/status", &["INACTIVE", "DELETE_IN_PROGRESS"]),
    kind("eks", "cluster/", &["eks", "describe-cluster", "--name"], Last),
    kind("elasticache", "cluster:", &["elasticache", "describe-cache-clusters", "--cache-cluster-id"], Last),
    kind(
        "elasticache",
        "replicationgroup:",
        &["elasticache", "describe-replication-groups", "--replication-group-id"],
        Last,
    ),
    kind(
        "elasticache",
        "subnetgroup:",
        &["elasticache", "describe-cache-subnet-groups", "--cache-subnet-group-name"],
        Last,
    ),
    kind(
        "elasticache",
        "serverlesscache:",
        &["elasticache", "describe-serverless-caches", "--serverless-cache-name"],
        Last,
    ),
    kind("elasticfilesystem", "access-point/", &["efs", "describe-access-points", "--access-point-id"], Last)
        .or("/AccessPoints/0/LifeCycleState", &["deleted"]),
    kind("elasticfilesystem", "file-system/", &["efs", "describe-file-systems", "--file-system-id"], Last)
        .or("/FileSystems/0/LifeCycleState", &["deleted"]),
    kind("elasticloadbalancing", "listener-rule/", &["elbv2", "describe-rules", "--rule-arns"], Arn),
    kind("elasticloadbalancing", "listener/", &["elbv2", "describe-listeners", "--listener-arns"], Arn),
    kind("elasticloadbalancing", "loadbalancer/", &["elbv2", "describe-load-balancers", "--load-balancer-arns"], Arn),
    kind("elasticloadbalancing", "targetgroup/", &["elbv2", "describe-target-groups", "--target-group-arns"], Arn),
    kind("lambda", "function:", &["lambda", "get-function-configuration", "--function-name"], Last),
    kind("logs", "log-group:", &["logs", "list-tags-for-resource", "--resource-arn"], Arn),
    kind("rds", "cluster:", &["rds", "describe-db-clusters", "--db-cluster-identifier"], Last),
    kind("rds", "db:", &["rds", "describe-db-instances", "--db-instance-identifier"], Last),
    kind("rds", "subgrp:", &["rds", "describe-db-subnet-groups", "--db-subnet-group-name"], Last),
    kind("s3", "", &["s3api", "head-bucket", "--bucket"], Last),
];

/// The ECS kinds whose cluster is a part of their ARN: `service/CLUSTER/NAME` and `task/CLUSTER/ID`.
const IN_CLUSTERS: [(&str, &str, &str); 2] =
    [("service/", "describe-services", "--services"), ("task/", "describe-tasks", "--tasks")];

/// The same of EKS: `nodegroup/CLUSTER/NAME/ID`, `addon/CLUSTER/NAME/ID`, `podidentityassociation/CLUSTER/ID`.
const IN_EKS_CLUSTERS: [(&str, &str, &str); 3] = [
    ("nodegroup/", "describe-nodegroup", "--nodegroup-name"),
    ("addon/", "describe-addon", "--addon-name"),
    ("podidentityassociation/", "describe-pod-identity-association", "--association-id"),
];

/// Whether something is deleted, by its own service's account. What that does not say is there.
pub(super) async fn is_deleted(arn: &str, aws: &Aws) -> bool {
    let Some(call) = call(arn) else { return false };
    let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
    let deleted = match aws.ask(&words).await {
        Ok(answer) => call.deleted.iter().any(|(pointer, states)| has_state(&answer, pointer, states)),
        Err(error) => error_code(&error).is_some_and(is_not_found),
    };
    // A task definition that is not in use any more stays for good unless it is deleted (ECS guide, "Deregistering a
    // task definition revision").
    if deleted && arn.contains(":task-definition/") {
        let _ = aws.ask(&["ecs", "delete-task-definitions", "--task-definitions", arn]).await;
    }
    deleted
}

/// The query for one thing.
struct Call {
    words: Vec<String>,
    deleted: Vec<(&'static str, &'static [&'static str])>,
}

fn call(arn: &str) -> Option<Call> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next()?, parts.nth(2)?);
    if service == "ecs"
        && let Some((prefix, operation, option)) = IN_CLUSTERS.iter().find(|(prefix, ..)| resource.starts_with(prefix))
    {
        let cluster = resource.strip_prefix(prefix)?.split('/').next()?;
        let words = ["ecs", operation, "--cluster", cluster, option, arn].map(str::to_owned).to_vec();
        let deleted: Vec<(&str, &[&str])> = vec![
            ("/services/0/status", &["INACTIVE"]),
            ("/tasks/0/lastStatus", &["STOPPED"]),
            ("/failures/0/reason", &["MISSING"]),
        ];
        return Some(Call { words, deleted });
    }
    if service == "eks"
        && let Some((prefix, operation, option)) =
            IN_EKS_CLUSTERS.iter().find(|(prefix, ..)| resource.starts_with(prefix))
    {
        let mut names = resource.strip_prefix(prefix)?.split('/');
        let (cluster, name) = (names.next()?, names.next()?);
        let words = ["eks", operation, "--cluster-name", cluster, option, name].map(str::to_owned).to_vec();
        return Some(Call { words, deleted: Vec::new() });
    }
    let kind = KINDS.iter().find(|kind| kind.service == service && resource.starts_with(kind.resource))?;
    let name = match kind.name {
        Arn => arn,
        Last => resource.rsplit(['/', ':']).next()?,
        Second => resource.trim_start_matches('/').split('/').nth(1)?,
    };
    let words = kind.call.iter().copied().chain([name]).map(str::to_owned).collect();
    Some(Call { words, deleted: kind.deleted.into_iter().collect() })
}

fn has_state(answer: &Value, pointer: &str, states: &[&str]) -> bool {
    answer.pointer(pointer).and_then(Value::as_str).is_some_and(|state| states.contains(&state))
}

/// Whether AWS's word means that there is no such thing: `InvalidVolume.NotFound` of EC2, `ListenerNotFound` of ELB,
/// `ResourceNotFoundException` of most others, `NoSuchBucket` and `404` of S3, `ClusterNotFoundException` of ECS.
fn is_not_found(word: &str) -> bool {
    let word = word.strip_suffix("Exception").or(word.strip_suffix("Fault")).unwrap_or(word);
    word.ends_with("NotFound") || word.starts_with("NoSuch") || word == "404"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde_json::json;

    use super::*;

    fn words(resource: &str) -> String {
        let call = call(&format!("arn:aws:{resource}")).unwrap_or_else(|| panic!("{resource} has no row"));
        call.words.join(" ")
    }

    #[test]
    fn each_kind_is_queried_at_its_own_service() {
        for (resource, wanted) in [
            ("ec2:eu-west-2:1:volume/vol-1", "ec2 describe-volumes --volume-ids vol-1"),
            (
                "ec2:eu-west-2:1:security-group-rule/sgr-1",
                "ec2 describe-security-group-rules --security-group-rule-ids sgr-1",
            ),
            ("ec2:eu-west-2:1:launch-template/lt-1", "ec2 describe-launch-templates --launch-template-ids lt-1"),
            ("eks:eu-west-2:1:cluster/lab-one", "eks describe-cluster --name lab-one"),
            (
                "eks:eu-west-2:1:nodegroup/lab-one/workers/1a2b",
                "eks describe-nodegroup --cluster-name lab-one --nodegroup-name workers",
            ),
            (
                "eks:eu-west-2:1:podidentityassociation/lab-one/a-1",
                "eks describe-pod-identity-association --cluster-name lab-one --association-id a-1",
            ),
            (
                "elasticache:eu-west-2:1:serverlesscache:lab-one",
                "elasticache describe-serverless-caches --serverless-cache-name lab-one",
            ),
            (
                "elasticache:eu-west-2:1:cluster:lab-one-001",
                "elasticache describe-cache-clusters --cache-cluster-id lab-one-001",
            ),
            ("rds:eu-west-2:1:cluster:lab-one", "rds describe-db-clusters --db-cluster-identifier lab-one"),
            ("rds:eu-west-2:1:db:lab-one", "rds describe-db-instances --db-instance-identifier lab-one"),
            ("rds:eu-west-2:1:subgrp:lab-one", "rds describe-db-subnet-groups --db-subnet-group-name lab-one"),
            ("apigateway:eu-west-2::/apis/a1/stages/$default", "apigatewayv2 get-api --api-id a1"),
            ("apigateway:eu-west-2::/restapis/a1/stages/counter", "apigateway get-rest-api --rest-api-id a1"),
            ("lambda:eu-west-2:1:function:lab-one", "lambda get-function-configuration --function-name lab-one"),
            ("s3:::lab-one-1", "s3api head-bucket --bucket lab-one-1"),
            ("dynamodb:eu-west-2:1:table/lab-one", "dynamodb describe-table --table-name lab-one"),
            (
                "ecs:eu-west-2:1:service/lab-one/counter",
                "ecs describe-services --cluster lab-one --services arn:aws:ecs:eu-west-2:1:service/lab-one/counter",
            ),
        ] {
            assert_eq!(words(resource), wanted);
        }
        assert!(call("arn:aws:iam::1:role/lab-one").is_none() && call("not an ARN").is_none());
    }

    #[test]
    fn a_state_or_a_word_shows_what_is_deleted() {
        let state = |arn: &str, answer: Value| {
            let call = call(&format!("arn:aws:{arn}")).expect("it has a row");
            call.deleted.iter().any(|(pointer, states)| has_state(&answer, pointer, states))
        };
        let instance = |state: &str| json!({"Reservations": [{"Instances": [{"State": {"Name": state}}]}]});
        assert!(state("ec2:r:1:instance/i-1", instance("terminated")));
        assert!(!state("ec2:r:1:instance/i-1", instance("shutting-down")));
        assert!(!state("ec2:r:1:instance/i-1", json!({"Reservations": []})));
        assert!(state("ecs:r:1:cluster/lab-one", json!({"clusters": [{"status": "INACTIVE"}]})));
        assert!(state("ecs:r:1:task/lab-one/1", json!({"tasks": [], "failures": [{"reason": "MISSING"}]})));
        assert!(!state("ecs:r:1:service/lab-one/counter", json!({"services": [{"status": "DRAINING"}]})));
        let task = json!({"ImportSnapshotTasks": [{"SnapshotTaskDetail": {"Status": "completed"}}]});
        assert!(state("ec2:r:1:import-snapshot-task/import-snap-1", task));
        for word in [
            "InvalidVolume.NotFound",
            "ListenerNotFound",
            "NatGatewayNotFound",
            "FileSystemNotFound",
            "ResourceNotFoundException",
            "RepositoryNotFoundException",
            "NoSuchBucket",
            "ServerlessCacheNotFoundFault",
            "CacheClusterNotFound",
            "ReplicationGroupNotFoundFault",
            "CacheSubnetGroupNotFoundFault",
            "DBClusterNotFoundFault",
            "DBInstanceNotFound",
            "DBSubnetGroupNotFoundFault",
            "404",
        ] {
            assert!(is_not_found(word), "{word}");
        }
        for word in ["AccessDenied", "UnauthorizedOperation", "ThrottlingException", "InvalidParameterValue"] {
            assert!(!is_not_found(word), "{word}");
        }
    }

    /// An ARN of each resource type that takes tags; nothing for one that takes none, or that IAM lists.
    const TYPES: &[(&str, Option<&str>)] = &[
        ("aws_acm_certificate", Some("acm:r:1:certificate/1")),
        ("aws_acm_certificate_validation", None),
        ("aws_ami", Some("ec2:r::image/ami-1")),
        ("aws_api_gateway_base_path_mapping", None),
        ("aws_api_gateway_deployment", None),
        ("aws_api_gateway_domain_name", Some("apigateway:r::/domainnames/d")),
        ("aws_api_gateway_method_settings", None),
        ("aws_api_gateway_rest_api", Some("apigateway:r::/restapis/a")),
        ("aws_api_gateway_stage", Some("apigateway:r::/restapis/a/stages/s")),
        ("aws_apigatewayv2_api", Some("apigateway:r::/apis/a")),
        ("aws_apigatewayv2_api_mapping", None),
        ("aws_apigatewayv2_domain_name", Some("apigateway:r::/domainnames/d")),
        ("aws_apigatewayv2_integration", None),
        ("aws_apigatewayv2_route", None),
        ("aws_apigatewayv2_stage", Some("apigateway:r::/apis/a/stages/s")),
        ("aws_autoscaling_attachment", None),
        ("aws_cloudwatch_log_group", Some("logs:r:1:log-group:/aws/lambda/lab-one")),
        ("aws_default_security_group", Some("ec2:r:1:security-group/sg-1")),
        ("aws_db_instance", Some("rds:r:1:db:lab-one")),
        ("aws_db_subnet_group", Some("rds:r:1:subgrp:lab-one")),
        ("aws_dynamodb_table", Some("dynamodb:r:1:table/lab-one")),
        ("aws_ebs_snapshot_import", Some("ec2:r::snapshot/snap-1")),
        ("aws_ebs_volume", Some("ec2:r:1:volume/vol-1")),
        ("aws_ecr_lifecycle_policy", None),
        ("aws_ecr_repository", Some("ecr:r:1:repository/lab-one")),
        ("aws_ecr_repository_policy", None),
        ("aws_ecs_cluster", Some("ecs:r:1:cluster/lab-one")),
        ("aws_ecs_cluster_capacity_providers", None),
        ("aws_ecs_service", Some("ecs:r:1:service/lab-one/counter")),
        ("aws_ecs_task_definition", Some("ecs:r:1:task-definition/lab-one:1")),
        ("aws_efs_access_point", Some("elasticfilesystem:r:1:access-point/fsap-1")),
        ("aws_efs_file_system", Some("elasticfilesystem:r:1:file-system/fs-1")),
        ("aws_efs_file_system_policy", None),
        ("aws_efs_mount_target", None),
        ("aws_eks_addon", Some("eks:r:1:addon/lab-one/aws-ebs-csi-driver/1a2b")),
        ("aws_eks_cluster", Some("eks:r:1:cluster/lab-one")),
        ("aws_eks_node_group", Some("eks:r:1:nodegroup/lab-one/workers/1a2b")),
        ("aws_eks_pod_identity_association", Some("eks:r:1:podidentityassociation/lab-one/a-1")),
        ("aws_elasticache_replication_group", Some("elasticache:r:1:replicationgroup:lab-one")),
        ("aws_elasticache_serverless_cache", Some("elasticache:r:1:serverlesscache:lab-one")),
        ("aws_elasticache_subnet_group", Some("elasticache:r:1:subnetgroup:lab-one")),
        ("aws_iam_instance_profile", None),
        ("aws_iam_role", None),
        ("aws_iam_role_policy", None),
        ("aws_instance", Some("ec2:r:1:instance/i-1")),
        ("aws_internet_gateway", Some("ec2:r:1:internet-gateway/igw-1")),
        ("aws_lambda_function", Some("lambda:r:1:function:lab-one")),
        ("aws_lambda_function_url", None),
        ("aws_lambda_permission", None),
        ("aws_launch_template", Some("ec2:r:1:launch-template/lt-1")),
        // In Lightsail's own list.
        ("aws_lightsail_container_service", None),
        ("aws_lightsail_container_service_deployment_version", None),
        ("aws_lb", Some("elasticloadbalancing:r:1:loadbalancer/net/lab-one/1")),
        ("aws_lb_listener", Some("elasticloadbalancing:r:1:listener/net/lab-one/1/1")),
        ("aws_lb_target_group", Some("elasticloadbalancing:r:1:targetgroup/lab-one/1")),
        ("aws_lb_target_group_attachment", None),
        ("aws_rds_cluster", Some("rds:r:1:cluster:lab-one")),
        ("aws_rds_cluster_instance", Some("rds:r:1:db:lab-one")),
        ("aws_route", None),
        ("aws_route53_record", None),
        ("aws_route_table", Some("ec2:r:1:route-table/rtb-1")),
        ("aws_route_table_association", None),
        ("aws_s3_bucket", Some("s3:::lab-one-1")),
        ("aws_s3_bucket_lifecycle_configuration", None),
        ("aws_s3_bucket_policy", None),
        ("aws_s3_bucket_public_access_block", None),
        ("aws_s3_bucket_server_side_encryption_configuration", None),
        ("aws_s3_object", None),
        ("aws_security_group", Some("ec2:r:1:security-group/sg-1")),
        ("aws_subnet", Some("ec2:r:1:subnet/subnet-1")),
        ("aws_vpc", Some("ec2:r:1:vpc/vpc-1")),
        ("aws_vpc_security_group_egress_rule", Some("ec2:r:1:security-group-rule/sgr-1")),
        ("aws_vpc_security_group_ingress_rule", Some("ec2:r:1:security-group-rule/sgr-1")),
        ("terraform_data", None),
    ];

    #[test]
    fn everything_that_is_rendered_has_a_row_or_takes_no_tags() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/rendered/ways.json");
        let every: Value = serde_json::from_slice(&std::fs::read(path).expect("ways.json")).expect("JSON");
        let blocks = every["blocks"].as_object().expect("blocks").values();
        let resources = blocks.filter(|block| block["path"][1] == "resource");
        let rendered: BTreeSet<_> = resources.filter_map(|block| block["path"][2].as_str()).collect();
        assert!(rendered.contains("aws_instance"), "{rendered:?}");
        for kind in &rendered {
            let (_, arn) = TYPES.iter().find(|(name, _)| name == kind).unwrap_or_else(|| panic!("{kind} is in no row"));
            if let Some(arn) = arn {
                words(arn);
            }
        }
        let unused: Vec<_> = TYPES.iter().filter(|(name, _)| !rendered.contains(name)).collect();
        assert!(unused.is_empty(), "no way has these: {unused:?}");
    }
}
