//! What a function is made of, and the environment variables that AWS gives it.

use std::{collections::BTreeMap, ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use crate::entrypoint::Entrypoint;

use crate::process::CpuShare;
use crate::profile::Delay;

/// Where this cloud pretends to be.
#[derive(Clone, Debug)]
pub struct LambdaConfig {
    /// AWS region, for ARNs and `AWS_REGION`.
    pub region: String,
    /// Account id, for ARNs.
    pub account: String,
    /// How many invocations may be under way together in functions without a reservation. AWS's default
    /// quota is 1,000.
    pub account_concurrency: u32,
    /// How long an idle environment runs on before it is frozen. AWS freezes at once; 5 ms (acted upon
    /// within another 5) spare the back-to-back calls of a benchmark the two signals, and let background
    /// work go on for as long.
    pub freeze_after: Duration,
    /// How long an idle environment is kept. AWS doesn't say; measurements by others lie at 5 to 15 minutes.
    pub keep_idle: Duration,
    /// How long an environment may initialise before it is started anew under the function's own timeout.
    /// AWS: 10 s. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
    pub init_timeout: Duration,
}

impl Default for LambdaConfig {
    fn default() -> Self {
        Self {
            region: ways::model().region().into(),
            account: "123456789012".into(),
            account_concurrency: 1_000,
            freeze_after: Duration::from_millis(5),
            keep_idle: Duration::from_secs(300),
            init_timeout: Duration::from_secs(10),
        }
    }
}

/// A function to create.
#[derive(Clone, Debug)]
pub struct FunctionConfig {
    /// Its name, by which the Invoke API finds it.
    pub name: String,
    /// The unpacked artifact: a folder, with an executable `bootstrap` where there is no managed runtime.
    pub code: PathBuf,
    /// The managed runtime that runs it, started in the folder of its code.
    pub runtime: Option<Entrypoint>,
    /// `_HANDLER`, for runtimes that look at it.
    pub handler: String,
    /// Variables of its own; they win over AWS's.
    pub env: BTreeMap<String, String>,
    /// Memory size in MiB: what an environment is killed above, and what CPU share is computed from.
    pub memory_mib: u32,
    /// The longest that one invocation may take.
    pub timeout: Duration,
    /// How many invocations may be under way together; the account's share if `None`, none at all if 0.
    pub reserved_concurrency: Option<u32>,
    /// How slow it is; as fast as this machine if `None`.
    pub slowness: Option<Slowness>,
}

/// How much slower than this machine Lambda is.
#[derive(Clone, Debug)]
pub struct Slowness {
    /// Between a caller and the environment, with each invocation; not part of its Duration.
    pub invoke: Delay,
    /// Before an environment is started; not part of its Init Duration.
    pub cold: Delay,
    /// The share of the processor while an environment initialises.
    pub init_cpu: CpuShare,
    /// And from then on.
    pub cpu: CpuShare,
}

impl FunctionConfig {
    /// A function with AWS's defaults: 128 MiB, 3 s, no reservation.
    pub fn new(name: impl Into<String>, code: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            code: code.into(),
            runtime: None,
            handler: "bootstrap".into(),
            env: BTreeMap::new(),
            memory_mib: 128,
            timeout: Duration::from_secs(3),
            reserved_concurrency: None,
            slowness: None,
        }
    }

    pub(super) fn arn(&self, lambda: &LambdaConfig) -> String {
        format!("arn:aws:lambda:{}:{}:function:{}", lambda.region, lambda.account, self.name)
    }

    /// The whole environment of one execution environment.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    ///
    /// `AWS_EXECUTION_ENV` is a managed runtime's to bring: AWS sets none for `provided` ones.
    pub(super) fn variables(&self, lambda: &LambdaConfig, runtime_api: SocketAddr) -> BTreeMap<OsString, OsString> {
        let code = self.code.as_os_str();
        let mut libraries = code.to_owned();
        libraries.push(":");
        libraries.push(self.code.join("lib"));
        let fixed = [
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_SESSION_TOKEN", "test"),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
            ("TZ", ":UTC"),
        ];
        let computed = [
            ("_HANDLER", self.handler.clone()),
            ("AWS_DEFAULT_REGION", lambda.region.clone()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", self.memory_mib.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", self.name.clone()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", self.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", format!("$LATEST/{}", runtime_api.port())),
            ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
            ("AWS_REGION", lambda.region.clone()),
        ];
        let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
        variables.extend(fixed.map(|(name, value)| (name.into(), value.into())));
        variables.extend(computed.map(|(name, value)| (name.into(), value.into())));
        variables.insert("LAMBDA_TASK_ROOT".into(), code.to_owned());
        variables.insert("LD_LIBRARY_PATH".into(), libraries);
        let runtime = self.runtime.iter().flat_map(|runtime| &runtime.env);
        variables.extend(runtime.chain(&self.env).map(|(name, value)| (name.into(), value.into())));
        variables
    }

    /// What starts an execution environment's process.
    pub(super) fn entrypoint(&self) -> Entrypoint {
        self.runtime.clone().unwrap_or_else(|| Entrypoint::program(self.code.join("bootstrap")))
    }

    pub(super) fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_mib) * 1024 * 1024
    }
}
