//! The five axes and their values. What may be combined with what is not here but in `ways.toml`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A closed set of values, each with the word that stands for it in names and in `ways.toml`.
pub trait Axis: Copy + Eq + fmt::Debug + fmt::Display + Sized + 'static {
    /// The axis's name, as in `ways.toml`.
    const NAME: &'static str;
    /// Every value, in the order in which `ways.toml` and tables list them.
    const ALL: &'static [Self];

    /// The word that stands for this value.
    fn word(self) -> &'static str;

    /// The value that a word stands for.
    #[must_use]
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

macro_rules! axis {
    ($(#[$doc:meta])* $name:ident, $axis:literal, { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $word)] $value,)+
        }

        impl Axis for $name {
            const NAME: &'static str = $axis;
            const ALL: &'static [Self] = &[$(Self::$value,)+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.word())
            }
        }
    };
}

axis!(
    /// What runs the service.
    Compute, "compute", {
        /// One EC2 instance.
        Ec2 = "ec2",
        /// A Lambda function.
        Lambda = "lambda",
        /// One Fargate task.
        Fargate = "fargate",
        /// Kubernetes on EC2, set up by kOps.
        K8s = "k8s",
    }
);

axis!(
    /// What the service is written in.
    Language, "language", {
        /// Rust: axum on tokio, `lambda_runtime` on Lambda.
        Rust = "rust",
        /// Python: FastAPI on uvicorn, boto3 on Lambda.
        Python = "python",
        /// JavaScript on Node.js.
        JavaScript = "javascript",
        /// C++ over libcurl.
        Cpp = "cpp",
    }
);

axis!(
    /// Where the count is kept.
    Store, "store", {
        /// In the process: gone with it.
        Memory = "memory",
        /// A file: a local disk, a volume, or EFS.
        File = "file",
        /// An S3 object.
        S3 = "s3",
        /// An item of a DynamoDB table.
        DynamoDb = "dynamodb",
    }
);

axis!(
    /// What stands between the caller and the compute.
    Front, "front", {
        /// Nothing: the server's own address.
        Direct = "direct",
        /// Application Load Balancer.
        Alb = "alb",
        /// Network Load Balancer.
        Nlb = "nlb",
        /// API Gateway's HTTP API.
        HttpApi = "http-api",
        /// Lambda's function URL.
        FunctionUrl = "function-url",
    }
);

axis!(
    /// The processor's instruction set.
    Arch, "arch", {
        /// AMD and Intel, 64 bit.
        X86_64 = "x86_64",
        /// Graviton, 64 bit.
        Arm64 = "arm64",
    }
);

/// How a compute runs the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A process that stays up and listens.
    Server,
    /// A function in execution environments, invoked by events.
    Function,
}
