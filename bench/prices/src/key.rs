//! Which prices there are: each one that some part's cost needs, and no other.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use ways::{Arch, Axis, InstanceType, Power, model};

/// A price, the same in every snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceKey {
    /// An instance, Linux, on demand.
    InstanceHour(InstanceType),
    /// A general purpose volume of the second generation.
    EbsGp2GbMonth,
    /// A general purpose volume of the third generation.
    EbsGp3GbMonth,
    /// What a snapshot of a volume holds.
    EbsSnapshotGbMonth,
    /// Images in a private repository of ECR, compressed as they are there.
    EcrGbMonth,
    /// A public IPv4 address in use, whatever it is attached to.
    PublicIpv4Hour,
    /// An invocation of a function.
    LambdaRequest(Arch),
    /// Billed duration of a function.
    LambdaGbSecond(Arch),
    /// The init phase of a function.
    LambdaInitGbSecond(Arch),
    /// Provisioned concurrency, whether or not it is called.
    LambdaProvisionedGbSecond(Arch),
    /// Billed duration of a function in provisioned concurrency.
    LambdaProvisionedDurationGbSecond(Arch),
    /// What a function URL adds to an invocation.
    FunctionUrlRequest,
    /// A cluster's control plane, while its version has standard support.
    EksClusterHour,
    /// A request to an HTTP API.
    HttpApiRequest,
    /// A request to a REST API.
    RestApiRequest,
    /// Storage in S3 Standard.
    S3GbMonth,
    /// A PUT, COPY, POST or LIST request to S3 Standard.
    S3PutRequest,
    /// A GET request to S3 Standard.
    S3GetRequest,
    /// A write of up to 1 KB to an on-demand table.
    DynamoDbWriteRequestUnit,
    /// A strongly consistent read of up to 4 KB of an on-demand table.
    DynamoDbReadRequestUnit,
    /// Storage in a table.
    DynamoDbGbMonth,
    /// What a serverless cache of Valkey holds, and at least 0.1 GB of it.
    ValkeyGbHour,
    /// A unit of a serverless cache of Valkey: a request of up to 1 KB.
    ValkeyProcessingUnit,
    /// A node of Valkey, of the type that `ways.toml` has of the store.
    ValkeyNodeHour,
    /// An instance of RDS for PostgreSQL in one zone, of the class that the store has.
    PostgresInstanceHour,
    /// Its volume, of gp3.
    PostgresGbMonth,
    /// A capacity unit of Aurora PostgreSQL Serverless v2, with the storage called Aurora Standard.
    AuroraAcuHour,
    /// What its volume holds.
    AuroraGbMonth,
    /// A read or a write of its volume.
    AuroraIoRequest,
    /// Storage in EFS Standard.
    EfsGbMonth,
    /// A task's vCPU.
    FargateVcpuHour(Arch),
    /// A task's memory.
    FargateGbHour(Arch),
    /// A Spot task's vCPU. No source has that of Arm.
    FargateSpotVcpuHour(Arch),
    /// A Spot task's memory. No source has that of Arm.
    FargateSpotGbHour(Arch),
    /// A node of a Lightsail container service, its balancer and TLS included.
    LightsailHour(Power),
    /// An Application Load Balancer.
    AlbHour,
    /// What passes through an Application Load Balancer.
    AlbLcuHour,
    /// A Network Load Balancer.
    NlbHour,
    /// What passes through a Network Load Balancer.
    NlbLcuHour,
    /// Log data taken in by CloudWatch.
    LogsIngestGb,
}

impl PriceKey {
    /// Every price, in the order in which snapshots list them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let by_arch = |key: fn(Arch) -> Self| Arch::ALL.iter().map(move |&arch| key(arch));
        let on_default_arch = |key: fn(Arch) -> Self| key(model().defaults.arch);
        let mut all: Vec<Self> = InstanceType::all().map(Self::InstanceHour).collect();
        all.extend([Self::EbsGp2GbMonth, Self::EbsGp3GbMonth, Self::EbsSnapshotGbMonth]);
        all.extend([Self::EcrGbMonth, Self::PublicIpv4Hour]);
        for key in [
            Self::LambdaRequest,
            Self::LambdaGbSecond,
            Self::LambdaInitGbSecond,
            Self::LambdaProvisionedGbSecond,
            Self::LambdaProvisionedDurationGbSecond,
        ] {
            all.extend(by_arch(key));
        }
        all.extend([
            Self::FunctionUrlRequest,
            Self::EksClusterHour,
            Self::HttpApiRequest,
            Self::RestApiRequest,
            Self::S3GbMonth,
            Self::S3PutRequest,
            Self::S3GetRequest,
            Self::DynamoDbWriteRequestUnit,
            Self::DynamoDbReadRequestUnit,
            Self::DynamoDbGbMonth,
            Self::ValkeyGbHour,
            Self::ValkeyProcessingUnit,
            Self::ValkeyNodeHour,
            Self::PostgresInstanceHour,
            Self::PostgresGbMonth,
            Self::AuroraAcuHour,
            Self::AuroraGbMonth,
            Self::AuroraIoRequest,
            Self::EfsGbMonth,
        ]);
        for key in [Self::FargateVcpuHour, Self::FargateGbHour] {
            all.extend(by_arch(key));
        }
        all.extend([Self::FargateSpotVcpuHour, Self::FargateSpotGbHour].map(on_default_arch));
        all.extend(Power::all().map(Self::LightsailHour));
        all.extend([Self::AlbHour, Self::AlbLcuHour, Self::NlbHour, Self::NlbLcuHour, Self::LogsIngestGb]);
        all
    }
}

/// Its name in snapshots.
impl fmt::Display for PriceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::InstanceHour(instance) => {
                return write!(formatter, "ec2_{}_hour", instance.facts().name.replace('.', "_"));
            }
            Self::LambdaRequest(arch) => return write!(formatter, "lambda_request_{arch}"),
            Self::LambdaGbSecond(arch) => return write!(formatter, "lambda_gb_second_{arch}"),
            Self::LambdaInitGbSecond(arch) => return write!(formatter, "lambda_init_gb_second_{arch}"),
            Self::LambdaProvisionedGbSecond(arch) => {
                return write!(formatter, "lambda_provisioned_gb_second_{arch}");
            }
            Self::LambdaProvisionedDurationGbSecond(arch) => {
                return write!(formatter, "lambda_provisioned_duration_gb_second_{arch}");
            }
            Self::FargateVcpuHour(arch) => return write!(formatter, "fargate_vcpu_hour_{arch}"),
            Self::FargateGbHour(arch) => return write!(formatter, "fargate_gb_hour_{arch}"),
            Self::FargateSpotVcpuHour(arch) => return write!(formatter, "fargate_spot_vcpu_hour_{arch}"),
            Self::FargateSpotGbHour(arch) => return write!(formatter, "fargate_spot_gb_hour_{arch}"),
            Self::LightsailHour(power) => return write!(formatter, "lightsail_{power}_hour"),
            Self::EbsGp2GbMonth => "ebs_gp2_gb_month",
            Self::EbsGp3GbMonth => "ebs_gp3_gb_month",
            Self::EbsSnapshotGbMonth => "ebs_snapshot_gb_month",
            Self::EcrGbMonth => "ecr_gb_month",
            Self::PublicIpv4Hour => "public_ipv4_hour",
            Self::FunctionUrlRequest => "function_url_request",
            Self::EksClusterHour => "eks_cluster_hour",
            Self::HttpApiRequest => "http_api_request",
            Self::RestApiRequest => "rest_api_request",
            Self::S3GbMonth => "s3_gb_month",
            Self::S3PutRequest => "s3_put_request",
            Self::S3GetRequest => "s3_get_request",
            Self::DynamoDbWriteRequestUnit => "dynamodb_write_request_unit",
            Self::DynamoDbReadRequestUnit => "dynamodb_read_request_unit",
            Self::DynamoDbGbMonth => "dynamodb_gb_month",
            Self::ValkeyGbHour => "valkey_gb_hour",
            Self::ValkeyProcessingUnit => "valkey_processing_unit",
            Self::ValkeyNodeHour => "valkey_node_hour",
            Self::PostgresInstanceHour => "postgres_instance_hour",
            Self::PostgresGbMonth => "postgres_gb_month",
            Self::AuroraAcuHour => "aurora_acu_hour",
            Self::AuroraGbMonth => "aurora_gb_month",
            Self::AuroraIoRequest => "aurora_io_request",
            Self::EfsGbMonth => "efs_gb_month",
            Self::AlbHour => "alb_hour",
            Self::AlbLcuHour => "alb_lcu_hour",
            Self::NlbHour => "nlb_hour",
            Self::NlbLcuHour => "nlb_lcu_hour",
            Self::LogsIngestGb => "logs_ingest_gb",
        };
        formatter.write_str(word)
    }
}

impl Serialize for PriceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PriceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let found = Self::all().into_iter().find(|key| key.to_string() == word);
        found.ok_or_else(|| de::Error::custom(format_args!("unknown price `{word}`")))
    }
}
