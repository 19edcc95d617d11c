//! What each rule refuses: a rendered way with one thing changed, as the audit of 2026-11-27 and AWS's pages have it.

use serde_json::{Value, json};

use super::super::{change, kept_way, rendered};
use super::broken;

/// A way, an object in it, a member, a wrong value (nothing: it is taken out), and the rule that refuses it.
type Wrong = (&'static str, &'static str, &'static str, Option<Value>, &'static str);

fn wrong() -> Vec<Wrong> {
    let rule = "/resource/aws_vpc_security_group_egress_rule/service_anywhere_443";
    let group = "/resource/aws_lb_target_group/counter";
    let listener = "/resource/aws_lb_listener/plain";
    let instance = "/resource/aws_instance/counter";
    let task = "/resource/aws_ecs_task_definition/counter";
    let function = "/resource/aws_lambda_function/counter";
    let cluster = "/resource/aws_eks_cluster/counter/vpc_config";
    let nodes = "/resource/aws_eks_node_group/counter";
    let open =
        json!({"actions": ["elasticfilesystem:ClientMount"], "resources": ["${aws_efs_file_system.counter.arn}"]});
    let url = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
    vec![
        // The audit's, by its numbers.
        ("fargate", rule, "description", Some(json!("AWS, the image's registry among it")), "its characters"),
        (
            "fargate",
            "/resource/terraform_data/image/provisioner/local-exec",
            "command",
            Some(json!("auth=$(mktemp)\nskopeo login --password-stdin")),
            "an auth file that is not empty",
        ),
        (
            "ec2",
            "/resource/aws_ebs_snapshot_import/disk/disk_container",
            "format",
            Some(json!("RAW")),
            "is of the image's format",
        ),
        ("ec2", "/resource/aws_s3_object/disk", "key", Some(json!("disk.img")), "is of the image's format"),
        (
            "ec2",
            "/locals",
            "zones",
            Some(json!("${data.aws_availability_zones.full.names}")),
            "in a zone that has its type",
        ),
        (
            "fargate",
            "/resource/aws_ecs_service/counter",
            "depends_on",
            Some(json!(["aws_efs_mount_target.counter"])),
            "when its file system can be mounted",
        ),
        (
            "ec2",
            "/resource",
            "aws_iam_role_policy_attachment",
            Some(json!({"ssm": {"policy_arn": url}})),
            "none of AWS's own policies",
        ),
        ("fargate", "/data/aws_iam_policy_document/execution", "statement", Some(json!([open])), "condition void"),
        ("k8s", "/variable/api_access", "default", Some(json!(["0.0.0.0/0"])), "open to whom a deployment names"),
        // REST APIs.
        (
            "nocompute-dynamodb",
            "/resource/aws_api_gateway_domain_name/counter",
            "security_policy",
            Some(json!("TLS_1_0")),
            "a REST API's regional domain",
        ),
        (
            "nocompute-dynamodb",
            "/resource/aws_api_gateway_rest_api/counter",
            "body",
            Some(json!(
                r#"{"paths":{"/":{"get":{"responses":{},"x-amazon-apigateway-integration":{"type":"HTTP"}}}}}"#
            )),
            "a REST API's integration",
        ),
        (
            "nocompute-dynamodb",
            "/resource/aws_api_gateway_stage/counter",
            "variables",
            Some(json!({"table": "two words"})),
            "a stage's variables",
        ),
        ("nocompute-dynamodb", "/resource/aws_api_gateway_deployment/counter", "triggers", None, "a stage's variables"),
        (
            "nocompute-dynamodb",
            "/resource/aws_api_gateway_stage/counter",
            "stage_name",
            Some(json!("the counter")),
            "its characters",
        ),
        // Instances, tasks, functions.
        ("ec2", instance, "instance_type", Some(json!("t4g.micro")), "of the way's architecture"),
        (
            "ec2-valkey",
            "/resource/aws_elasticache_serverless_cache/counter",
            "subnet_ids",
            Some(json!(["${local.subnet_ids[0]}"])),
            "has subnets in two zones",
        ),
        ("fargate-valkey", "/resource/aws_vpc_security_group_egress_rule", "service_cache_6379", None, "on both sides"),
        ("lambda-valkey", "/resource/aws_vpc_security_group_egress_rule", "service_cache_6379", None, "on both sides"),
        ("lambdaweb-valkey", function, "vpc_config", None, "joins the VPC of its store"),
        (
            "lambdaimage-go-valkey",
            "/data/aws_iam_policy_document/function/statement/1",
            "actions",
            Some(json!(["ec2:DescribeNetworkInterfaces"])),
            "may have interfaces made there",
        ),
        ("lambda-valkey", "/resource/aws_security_group/service", "depends_on", None, "goes before the role"),
        (
            "ec2-valkeynode",
            "/resource/aws_elasticache_replication_group/counter",
            "transit_encryption_enabled",
            None,
            "is called by TLS",
        ),
        (
            "eks-valkeynode",
            "/resource/aws_elasticache_replication_group/counter",
            "num_cache_clusters",
            Some(json!(2)),
            "is a replication group of one",
        ),
        ("lambda-valkeynode", function, "vpc_config", None, "joins the VPC of its store"),
        (
            "fargate-postgres",
            "/resource/aws_db_instance/counter",
            "publicly_accessible",
            Some(json!(true)),
            "closed to the public",
        ),
        ("ec2-postgres", "/resource/aws_db_instance/counter", "skip_final_snapshot", None, "and goes whole"),
        ("lambda-postgres", "/locals", "store", Some(json!("postgres://")), "by a verified TLS"),
        (
            "ec2-postgres",
            "/resource/aws_db_instance/counter",
            "instance_class",
            Some(json!("db.t3.nano")),
            "its class has so many",
        ),
        (
            "fargate-postgres",
            "/resource/aws_ecs_service/counter",
            "desired_count",
            Some(json!(50)),
            "processes that run at once",
        ),
        (
            "eks-postgres",
            "/resource/aws_vpc_security_group_ingress_rule",
            "database_service_5432",
            None,
            "on both sides",
        ),
        (
            "ec2-aurora",
            "/resource/aws_rds_cluster/counter/serverlessv2_scaling_configuration",
            "max_capacity",
            Some(json!(0.5)),
            "a range of capacity that AWS takes",
        ),
        ("lambda-aurora", "/resource/aws_rds_cluster/counter", "delete_automated_backups", None, "and goes whole"),
        (
            "fargate-aurora",
            "/resource/aws_rds_cluster_instance/counter",
            "publicly_accessible",
            Some(json!(true)),
            "closed to the public",
        ),
        (
            "fargate-aurora",
            "/resource/aws_ecs_service/counter",
            "desired_count",
            Some(json!(100)),
            "processes that run at once",
        ),
        ("eks-aurora", "/resource/aws_vpc_security_group_ingress_rule", "database_service_5432", None, "on both sides"),
        ("lightsail", "/resource/aws_lightsail_container_service/counter", "scale", Some(json!(2)), "and of one node"),
        (
            "lightsail-go",
            "/data/aws_iam_policy_document/pull/statement/principals",
            "identifiers",
            Some(json!(["lightsail.amazonaws.com"])),
            "which the repository lets in",
        ),
        (
            "lightsail-python",
            "/resource/aws_lightsail_container_service_deployment_version/counter",
            "depends_on",
            Some(json!(["aws_ecr_repository_policy.counter"])),
            "once it is pushed",
        ),
        (
            "lightsail",
            "/resource/aws_lightsail_container_service_deployment_version/counter/public_endpoint",
            "container_port",
            Some(json!(80)),
            "one that its container opens",
        ),
        ("k8s", "/locals/kops/2/spec", "cpuCredits", Some(json!("standard")), "a type that bursts"),
        ("eks", "/resource/aws_eks_cluster/counter", "version", Some(json!("1.33")), "has standard support"),
        ("eks", "/resource/aws_eks_cluster/counter/upgrade_policy", "support_type", None, "has standard support"),
        ("eks-arm64", nodes, "ami_type", Some(json!("AL2023_x86_64_STANDARD")), "image is of the way's architecture"),
        ("eks", cluster, "public_access_cidrs", None, "open to whom a deployment names"),
        ("eks", cluster, "subnet_ids", Some(json!(["${local.subnet_ids[0]}"])), "has subnets in two zones"),
        ("eks-s3", nodes, "depends_on", Some(json!([])), "waits for its policy"),
        ("eks", "/resource/aws_launch_template/worker", "tag_specifications", None, "gets the tags from it"),
        (
            "eks",
            "/resource/aws_launch_template/worker/network_interfaces/0",
            "security_groups",
            Some(json!(["${aws_security_group.service.id}"])),
            "has a public one",
        ),
        (
            "eks-s3",
            "/data/aws_iam_policy_document/pod_trust/statement/principals",
            "identifiers",
            Some(json!(["eks.amazonaws.com"])),
            "taken by the service that uses it",
        ),
        (
            "ec2",
            "/resource/aws_instance/counter/metadata_options",
            "http_tokens",
            Some(json!("optional")),
            "needs a session",
        ),
        (
            "ec2",
            "/resource/aws_instance/counter/root_block_device",
            "volume_size",
            Some(json!(2)),
            "holds the image's disk",
        ),
        ("ec2", "/resource/aws_ami/counter", "boot_mode", Some(json!("uefi")), "boots as it is registered"),
        ("fargate", "/locals/sizes", "0.5", Some(json!([512])), "of a size that Fargate has"),
        ("fargate", task, "network_mode", Some(json!("bridge")), "an address of its own"),
        ("fargate", "/locals/container", "stopTimeout", Some(json!(121)), "two minutes"),
        (
            "fargate",
            "/resource/aws_ecs_service/counter",
            "deployment_maximum_percent",
            Some(json!(200)),
            "a deployment can go on",
        ),
        ("lambda-s3", function, "timeout", Some(json!(901)), "15 minutes"),
        ("lambda-s3", function, "runtime", Some(json!("nodejs16.x")), "runtime is supported"),
        (
            "lambda-s3",
            "/resource/aws_lambda_function/counter/environment/variables",
            "AWS_REGION",
            Some(json!("eu-west-2")),
            "reserved name",
        ),
        ("lambdaimage-s3", function, "runtime", Some(json!("provided.al2023")), "a function is a zip, or an image"),
        (
            "lambdaimage-s3",
            function,
            "depends_on",
            Some(json!(["terraform_data.image"])),
            "a function is a zip, or an image",
        ),
        ("lambdaimage-s3", function, "image_uri", Some(json!("lab/one:latest")), "a function is a zip, or an image"),
        (
            "lambdaimage-s3",
            "/data/aws_iam_policy_document/pull/statement",
            "actions",
            Some(json!(["ecr:BatchGetImage"])),
            "lets Lambda pull it",
        ),
        ("lambdaweb-s3", function, "layers", Some(json!([])), "the Web Adapter is of the way's architecture"),
        (
            "lambdaweb-python-s3",
            "/resource/aws_lambda_function/counter/environment/variables",
            "AWS_LAMBDA_EXEC_WRAPPER",
            None,
            "starts the server of a managed runtime",
        ),
        ("lambda-s3", "/variable/memory_mib", "default", Some(json!(64)), "within Lambda's bounds"),
        (
            "lambda-s3",
            "/resource/aws_cloudwatch_log_group/function",
            "retention_in_days",
            Some(json!(15)),
            "as long as CloudWatch offers",
        ),
        // Balancers.
        (
            "fargate",
            "/resource/aws_lb/counter",
            "name",
            Some(json!("lab-${var.name}-balancer")),
            "aws_lb.name: its characters",
        ),
        ("fargate", listener, "protocol", Some(json!("TCP")), "one of its balancer's type"),
        ("fargate", group, "protocol", Some(json!("TCP")), "speak protocols that go together"),
        ("fargate", group, "target_type", Some(json!("instance")), "what the compute registers"),
        (
            "fargate",
            "/resource/aws_lb_target_group/counter/health_check",
            "timeout",
            Some(json!(30)),
            "within ELB's bounds",
        ),
        (
            "lambda-s3",
            "/resource/aws_lambda_permission/front",
            "principal",
            Some(json!("elasticloadbalancing.amazonaws.com")),
            "from the one front only",
        ),
        ("lambda-s3", function, "timeout", Some(json!(30)), "waits longer than its function"),
        // IAM.
        (
            "lambda-s3",
            "/data/aws_iam_policy_document/function_trust/statement/principals",
            "identifiers",
            Some(json!(["ec2.amazonaws.com"])),
            "taken by the service that uses it",
        ),
        (
            "lambda-dynamodb",
            "/data/aws_iam_policy_document/function/statement/0",
            "resources",
            Some(json!(["*"])),
            "on what it has as resource",
        ),
        (
            "lambda-dynamodb",
            "/data/aws_iam_policy_document/function/statement/0",
            "actions",
            Some(json!(["dynamodb:CountUp"])),
            "an action is a known one",
        ),
        (
            "ec2",
            "/data/aws_iam_policy_document/import_trust/statement/condition/0",
            "variable",
            Some(json!("s3:prefix")),
            "is one that the action has",
        ),
        (
            "lambda-s3",
            "/data/aws_iam_policy_document/counter_bucket/statement",
            "condition",
            Some(json!([])),
            "has a condition",
        ),
        ("lambda-s3", function, "depends_on", Some(json!([])), "waits for its policy"),
        // The network.
        ("fargate", rule, "from_port", Some(json!(80)), "on both sides"),
        ("fargate", "/resource/aws_vpc_security_group_ingress_rule", "files_service_2049", None, "on both sides"),
        ("ec2", "/resource/aws_vpc/own", "enable_dns_hostnames", Some(json!(false)), "resolves names"),
        ("ec2", instance, "associate_public_ip_address", Some(json!(false)), "has a public one"),
        ("k8s", "/locals/kops/0/spec", "networkCIDR", Some(json!("10.0.0.0/16")), "within its network"),
        // Stores and tags.
        (
            "lambda-dynamodb",
            "/resource/aws_dynamodb_table/counter",
            "hash_key",
            Some(json!("key")),
            "declares its keys",
        ),
        (
            "lambda-s3",
            "/resource/aws_s3_bucket/counter",
            "force_destroy",
            Some(json!(false)),
            "goes with what is in it",
        ),
        ("lambda-s3", "/resource/aws_s3_bucket", "more", Some(json!({"bucket_prefix": "Lab-"})), "its characters"),
        ("fargate", "/resource/aws_efs_mount_target/counter", "count", Some(json!(1)), "in each zone of the service"),
        (
            "fargate",
            "/resource/aws_efs_access_point/counter/root_directory/creation_info",
            "permissions",
            Some(json!("rwx")),
            "octal digits",
        ),
        (
            "fargate",
            "/resource/aws_ecs_service/counter",
            "propagate_tags",
            Some(json!("NONE")),
            "gets the tags from it",
        ),
        (
            "lambda-s3",
            "/provider/aws/default_tags/tags",
            "lab:deployment",
            Some(json!("other")),
            "gets the deployment's",
        ),
    ]
}

#[test]
fn what_aws_would_refuse_is_refused() {
    let ways = rendered();
    let mut missed = Vec::new();
    for (name, object, member, value, rule) in wrong() {
        let mut way = kept_way(&ways, name);
        change(&mut way.configuration, object, member, value.clone());
        let found = broken(&way);
        if !found.iter().any(|found| found.contains(rule)) {
            missed.push(format!("{name} {object}/{member} {value:?}: {rule}: {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{} not refused:\n{}", missed.len(), missed.join("\n"));
}
