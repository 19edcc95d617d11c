//! Names and descriptions: how long, and of which characters. One row is one rule.

use super::Met;
use super::view::{View, longest, texts};

/// What AWS takes in an argument.
#[derive(Clone, Copy)]
struct Name {
    kind: &'static str,
    argument: &'static str,
    /// Fewest and most characters.
    length: (usize, usize),
    /// Beside letters and digits of ASCII.
    others: &'static str,
    /// Whether its letters are small ones.
    is_small: bool,
    source: &'static str,
}

const fn name(
    kind: &'static str,
    argument: &'static str,
    length: (usize, usize),
    others: &'static str,
    source: &'static str,
) -> Name {
    Name { kind, argument, length, others, is_small: false, source }
}

const fn small(name: Name) -> Name {
    Name { is_small: true, ..name }
}

/// What EC2 takes in descriptions of groups and rules, and in the names of groups.
const EC2: &str = " ._-:/()#,@[]+=&;{}!$*";

const NAMES: [Name; 35] = [
    name("aws_security_group", "description", (1, 255), EC2, "EC2 API Reference, CreateSecurityGroup"),
    name("aws_security_group", "name", (1, 255), EC2, "EC2 API Reference, CreateSecurityGroup"),
    name("aws_vpc_security_group_ingress_rule", "description", (1, 255), EC2, "EC2 API Reference, IpRange"),
    name("aws_vpc_security_group_egress_rule", "description", (1, 255), EC2, "EC2 API Reference, IpRange"),
    name("aws_lb", "name", (1, 32), "-", "ELB API Reference, CreateLoadBalancer"),
    name("aws_lb_target_group", "name", (1, 32), "-", "ELB API Reference, CreateTargetGroup"),
    // The provider adds 26 characters to it, and a bucket's name has 63.
    small(name("aws_s3_bucket", "bucket_prefix", (3, 37), "-", "S3 User Guide, General purpose bucket naming rules")),
    name("aws_iam_role", "name", (1, 64), "+=,.@_-", "IAM API Reference, CreateRole"),
    name("aws_iam_role_policy", "name", (1, 128), "+=,.@_-", "IAM API Reference, PutRolePolicy"),
    name("aws_iam_instance_profile", "name", (1, 128), "+=,.@_-", "IAM API Reference, CreateInstanceProfile"),
    name("aws_lambda_function", "function_name", (1, 64), "-_", "Lambda API Reference, CreateFunction"),
    name("aws_lambda_function", "handler", (1, 128), "._-", "Lambda API Reference, CreateFunction"),
    name("aws_cloudwatch_log_group", "name", (1, 512), "_/.#-", "CloudWatch Logs API Reference, CreateLogGroup"),
    name("aws_dynamodb_table", "name", (3, 255), "_.-", "DynamoDB API Reference, CreateTable"),
    small(name("aws_ecr_repository", "name", (2, 256), "._-/", "ECR API Reference, CreateRepository")),
    name("aws_ecs_cluster", "name", (1, 255), "-_", "ECS API Reference, CreateCluster"),
    name("aws_ecs_service", "name", (1, 255), "-_", "ECS API Reference, CreateService"),
    name("aws_ecs_task_definition", "family", (1, 255), "-_", "ECS API Reference, RegisterTaskDefinition"),
    name("aws_eks_cluster", "name", (1, 100), "-_", "EKS API Reference, CreateCluster"),
    name("aws_eks_node_group", "node_group_name", (1, 63), "-_", "EKS User Guide, Create a managed node group"),
    // As the cache's.
    small(name("aws_db_instance", "identifier", (1, 63), "-", "RDS API Reference, CreateDBInstance")),
    small(name("aws_rds_cluster", "cluster_identifier", (1, 63), "-", "RDS API Reference, CreateDBCluster")),
    small(name("aws_rds_cluster_instance", "identifier", (1, 63), "-", "RDS API Reference, CreateDBInstance")),
    small(name("aws_db_subnet_group", "name", (1, 255), "-_. ", "RDS API Reference, CreateDBSubnetGroup")),
    // It takes a letter first, and no two hyphens in a row.
    small(name(
        "aws_elasticache_serverless_cache",
        "name",
        (1, 40),
        "-",
        "ElastiCache API Reference, CreateServerlessCache",
    )),
    name(
        "aws_elasticache_serverless_cache",
        "description",
        (0, 255),
        " .,:-_",
        "ElastiCache API Reference, CreateServerlessCache",
    ),
    small(name(
        "aws_elasticache_replication_group",
        "replication_group_id",
        (1, 40),
        "-",
        "ElastiCache API Reference, CreateReplicationGroup",
    )),
    small(name(
        "aws_elasticache_subnet_group",
        "name",
        (1, 255),
        "-",
        "ElastiCache API Reference, CreateCacheSubnetGroup",
    )),
    small(name(
        "aws_lightsail_container_service",
        "name",
        (1, 63),
        "-",
        "Lightsail API Reference, CreateContainerService",
    )),
    name("aws_launch_template", "name", (3, 128), "()./_-", "EC2 API Reference, CreateLaunchTemplate"),
    name("aws_api_gateway_rest_api", "name", (1, 128), "-_ ", "API Gateway API Reference, CreateRestApi"),
    name("aws_api_gateway_stage", "stage_name", (1, 128), "-_", "API Gateway API Reference, CreateStage"),
    name("aws_apigatewayv2_api", "name", (1, 128), "-_ ", "API Gateway V2 API Reference, APIs"),
    name("aws_ami", "name", (3, 128), "() ./-'@_[]", "EC2 API Reference, RegisterImage"),
    name("aws_s3_object", "key", (1, 1024), "!-_.*'()/", "S3 User Guide, Naming Amazon S3 objects"),
];

/// Beginnings that AWS keeps for itself.
const RESERVED: [(&str, &str, &[&str]); 4] = [
    ("aws_security_group", "name", &["sg-"]),
    ("aws_lb", "name", &["internal-", "-"]),
    ("aws_s3_bucket", "bucket_prefix", &["xn--", "sthree-", "amzn-s3-demo-", "-"]),
    ("aws_cloudwatch_log_group", "name", &["aws/"]),
];

/// Each row as a rule.
pub(super) fn all(view: &View) -> Vec<(String, &'static str, Met)> {
    let rows =
        NAMES.iter().map(|row| (format!("{}.{}: its characters", row.kind, row.argument), row.source, row.met(view)));
    let reserved = RESERVED.iter().map(|(kind, argument, beginnings)| {
        let mut met = Met::default();
        for block in view.resources(kind) {
            let text = longest(block.value[argument].as_str().unwrap_or_default());
            met.hold(
                !beginnings.iter().any(|beginning| text.starts_with(beginning)),
                format!("{}: {text}", block.address),
            );
        }
        (format!("{kind}.{argument}: its beginning"), "the same page: names that AWS reserves", met)
    });
    rows.chain(reserved).collect()
}

impl Name {
    fn met(&self, view: &View) -> Met {
        let mut met = Met::default();
        for block in view.resources(self.kind) {
            for text in texts(&block.value[self.argument]) {
                // What another resource's is, is checked there.
                if !text.starts_with("${aws_") {
                    let text = longest(&text);
                    met.hold(self.takes(&text), format!("{}.{}: {text:?}", block.address, self.argument));
                }
            }
        }
        met
    }

    fn takes(&self, text: &str) -> bool {
        let (fewest, most) = self.length;
        let fits = |letter: char| {
            (letter.is_ascii_alphanumeric() && !(self.is_small && letter.is_ascii_uppercase()))
                || self.others.contains(letter)
        };
        (fewest..=most).contains(&text.len()) && text.chars().all(fits)
    }
}
