//! Which prices there are: each one that some part's cost needs, and no other.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! price_keys {
    ($($(#[$doc:meta])* $key:ident = $word:literal,)+) => {
        /// The name of a price, the same in every snapshot.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum PriceKey {
            $($(#[$doc])* #[serde(rename = $word)] $key,)+
        }

        impl PriceKey {
            /// Every price, in the order in which snapshots list them.
            pub const ALL: &'static [Self] = &[$(Self::$key,)+];

            /// Its name in snapshots.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$key => $word,)+
                }
            }
        }
    };
}

price_keys! {
    /// A t2.micro, Linux, on demand.
    Ec2T2MicroHour = "ec2_t2_micro_hour",
    /// A t4g.micro, Linux, on demand.
    Ec2T4gMicroHour = "ec2_t4g_micro_hour",
    /// A t3.small, Linux, on demand.
    Ec2T3SmallHour = "ec2_t3_small_hour",
    /// A t4g.small, Linux, on demand.
    Ec2T4gSmallHour = "ec2_t4g_small_hour",
    /// A general purpose volume of the second generation.
    EbsGp2GbMonth = "ebs_gp2_gb_month",
    /// A general purpose volume of the third generation.
    EbsGp3GbMonth = "ebs_gp3_gb_month",
    /// A public IPv4 address in use, whatever it is attached to.
    PublicIpv4Hour = "public_ipv4_hour",
    /// An invocation of a function on x86-64.
    LambdaRequestX86 = "lambda_request_x86_64",
    /// An invocation of a function on Arm.
    LambdaRequestArm = "lambda_request_arm64",
    /// Billed duration of a function on x86-64.
    LambdaGbSecondX86 = "lambda_gb_second_x86_64",
    /// Billed duration of a function on Arm.
    LambdaGbSecondArm = "lambda_gb_second_arm64",
    /// The init phase of a function on x86-64.
    LambdaInitGbSecondX86 = "lambda_init_gb_second_x86_64",
    /// The init phase of a function on Arm.
    LambdaInitGbSecondArm = "lambda_init_gb_second_arm64",
    /// What a function URL adds to an invocation.
    FunctionUrlRequest = "function_url_request",
    /// A request to an HTTP API.
    HttpApiRequest = "http_api_request",
    /// Storage in S3 Standard.
    S3GbMonth = "s3_gb_month",
    /// A PUT, COPY, POST or LIST request to S3 Standard.
    S3PutRequest = "s3_put_request",
    /// A GET request to S3 Standard.
    S3GetRequest = "s3_get_request",
    /// A write of up to 1 KB to an on-demand table.
    DynamoDbWriteRequestUnit = "dynamodb_write_request_unit",
    /// A strongly consistent read of up to 4 KB of an on-demand table.
    DynamoDbReadRequestUnit = "dynamodb_read_request_unit",
    /// Storage in a table.
    DynamoDbGbMonth = "dynamodb_gb_month",
    /// Storage in EFS Standard.
    EfsGbMonth = "efs_gb_month",
    /// A task's vCPU on x86-64.
    FargateVcpuHourX86 = "fargate_vcpu_hour_x86_64",
    /// A task's memory on x86-64.
    FargateGbHourX86 = "fargate_gb_hour_x86_64",
    /// A task's vCPU on Arm.
    FargateVcpuHourArm = "fargate_vcpu_hour_arm64",
    /// A task's memory on Arm.
    FargateGbHourArm = "fargate_gb_hour_arm64",
    /// A Spot task's vCPU on x86-64.
    FargateSpotVcpuHourX86 = "fargate_spot_vcpu_hour_x86_64",
    /// A Spot task's memory on x86-64.
    FargateSpotGbHourX86 = "fargate_spot_gb_hour_x86_64",
    /// An Application Load Balancer.
    AlbHour = "alb_hour",
    /// What passes through an Application Load Balancer.
    AlbLcuHour = "alb_lcu_hour",
    /// A Network Load Balancer.
    NlbHour = "nlb_hour",
    /// What passes through a Network Load Balancer.
    NlbLcuHour = "nlb_lcu_hour",
    /// Log data taken in by CloudWatch.
    LogsIngestGb = "logs_ingest_gb",
}

impl fmt::Display for PriceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}
