//! What a function is made of. It must not know how it is run.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::entrypoint::Entrypoint;
use crate::process::CpuShare;
use crate::profile::Delay;
use crate::scratch::Scratch;

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
    /// How long an idle environment is kept. AWS doesn't document it; measurements by others lie at 5 to 15 minutes.
    pub keep_idle: Duration,
    /// How long an environment may initialise before it is started anew under the function's own timeout.
    /// AWS: 10 s. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
    pub init_timeout: Duration,
    /// Variables that every function gets besides AWS's own, which they win over: where this cloud's endpoints are.
    pub env: BTreeMap<String, String>,
    /// The managed runtimes that functions can be created with, by the letters their names begin with (`python`,
    /// `nodejs`). What starts one gets the handler as one more argument.
    pub runtimes: BTreeMap<String, Entrypoint>,
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
            env: BTreeMap::new(),
            runtimes: BTreeMap::new(),
        }
    }
}

/// The variables that state to a server, and to whoever calls it, where it listens. On AWS that is the same in every environment, each
/// of which has a network of its own; here all share this machine's, and in each the server listens elsewhere.
#[derive(Clone, Debug)]
pub enum Listens {
    /// At an address of the environment's own.
    Address {
        /// Gets the address and port.
        address: String,
        /// Gets the address.
        host: String,
        /// Gets the port.
        port: String,
    },
    /// At a port of the environment's own, on `127.0.0.1` or all addresses.
    Port {
        /// Gets the port, and stands for it in the arguments of what starts the server, as `$NAME`.
        server: String,
        /// Gets it, too: what the caller reads.
        caller: String,
    },
}

/// A function to create.
#[derive(Clone, Debug)]
pub struct FunctionConfig {
    /// Its name, by which the Invoke API finds it.
    pub name: String,
    /// The unpacked artifact: a folder, with an executable `bootstrap` where there is no managed runtime.
    pub code: PathBuf,
    /// What removes that folder once nothing uses it any more, if the function owns it.
    pub folder: Option<Arc<Scratch>>,
    /// The managed runtime that runs it, started in the folder of its code.
    pub runtime: Option<Entrypoint>,
    /// `_HANDLER`, for runtimes that look at it.
    pub handler: String,
    /// Variables of its own; they win over AWS's.
    pub env: BTreeMap<String, String>,
    /// How a server in it learns where to listen, if there is one.
    pub listens: Option<Listens>,
    /// Memory size in MiB: what an environment is killed above, and what CPU share is computed from.
    pub memory_mib: u32,
    /// The longest that one invocation may take.
    pub timeout: Duration,
    /// How many invocations may be under way together; the account's share if `None`, none at all if 0.
    pub reserved_concurrency: Option<u32>,
    /// How slow it is; as fast as this machine if `None`.
    pub slowness: Option<Slowness>,
    /// What the control plane shows of it and nothing depends on.
    pub about: About,
}

/// What the control plane shows of a function. <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>
#[derive(Clone, Debug)]
pub struct About {
    /// Whether it is deployed as a container image, which has runtime and handler in it.
    pub image: bool,
    /// The name of its runtime, if it is known.
    pub runtime: Option<String>,
    /// Its execution role. Nothing checks it here.
    pub role: String,
    /// What its maker wrote.
    pub description: String,
    /// Of its package, in bytes.
    pub code_size: u64,
    /// Of its package, in base64.
    pub code_sha256: String,
    /// When it was last changed.
    pub modified: SystemTime,
    /// A new one with each change.
    pub revision: String,
    /// Of `/tmp`, in MiB. Nothing holds it here.
    pub ephemeral_mib: u32,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its number, if it is a published version.
    pub version: Option<u32>,
}

impl Default for About {
    fn default() -> Self {
        Self {
            image: false,
            runtime: None,
            role: "arn:aws:iam::123456789012:role/local".into(),
            description: String::new(),
            code_size: 0,
            code_sha256: String::new(),
            modified: SystemTime::now(),
            revision: uuid::Uuid::new_v4().to_string(),
            ephemeral_mib: 512,
            tags: BTreeMap::new(),
            version: None,
        }
    }
}

/// How much slower than this machine Lambda is.
#[derive(Clone, Debug)]
pub struct Slowness {
    /// Between a caller and the environment, with each invocation; not part of its Duration.
    pub invoke: Delay,
    /// Before an environment is started; not part of its Init Duration.
    pub cold: Delay,
    /// And where the function joins a VPC.
    pub vpc: Delay,
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
            folder: None,
            runtime: None,
            handler: "bootstrap".into(),
            env: BTreeMap::new(),
            listens: None,
            memory_mib: 128,
            timeout: Duration::from_secs(3),
            reserved_concurrency: None,
            slowness: None,
            about: About::default(),
        }
    }

    /// With the number of a published version after it.
    pub(super) fn arn(&self, lambda: &LambdaConfig) -> String {
        let number = self.about.version.map(|number| format!(":{number}")).unwrap_or_default();
        format!("arn:aws:lambda:{}:{}:function:{}{number}", lambda.region, lambda.account, self.name)
    }

    /// The version in AWS's word: `$LATEST`, or a number.
    pub(super) fn version(&self) -> String {
        self.about.version.map_or_else(|| "$LATEST".to_owned(), |number| number.to_string())
    }

    /// What starts the process of an execution environment with these variables.
    pub(super) fn entrypoint(&self, variables: &BTreeMap<OsString, OsString>) -> Entrypoint {
        let mut entrypoint = self.runtime.clone().unwrap_or_else(|| Entrypoint::program(self.code.join("bootstrap")));
        if let Some(Listens::Port { server, .. }) = &self.listens
            && let Some(port) = variables.get(OsStr::new(server))
        {
            entrypoint.args = entrypoint.args_with(server, &port.to_string_lossy());
        }
        entrypoint
    }

    pub(super) fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_mib) * 1024 * 1024
    }
}
