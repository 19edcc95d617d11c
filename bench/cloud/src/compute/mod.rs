//! What runs the service: each compute defines how it runs here. [`part`] is the only place that lists them all.
//!
//! It must not know what stands before the service or where it counts.

mod function;
mod nothing;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ways::{Adapter, ArtifactKind, Compute, Resources};

use crate::entrypoint::Entrypoint;
use crate::front::{ApiError, Backend};
use crate::lambda::{CreateFunctionError, Lambda, PackageError};
use crate::own::OwnService;
use crate::process::CpuApplied;
use crate::profile::Conditions;
use crate::server::ServerError;

/// What is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Artifact {
    /// A server.
    Server {
        /// What its image or instance carries: an executable, or a folder.
        package: PathBuf,
        /// What starts it.
        entrypoint: Entrypoint,
    },
    /// A function.
    Function {
        /// Its zip file.
        package: PathBuf,
        /// The managed runtime that runs it; without one, the `bootstrap` in its package.
        runtime: Option<Entrypoint>,
        /// The program of an extension that runs beside it, as a layer brings one.
        extension: Option<PathBuf>,
    },
    /// No program: an API's description and its mapping templates.
    Templates {
        /// Their folder.
        package: PathBuf,
    },
}

impl Artifact {
    /// The file or folder that is deployed.
    #[must_use]
    pub fn package(&self) -> &Path {
        match self {
            Self::Server { package, .. } | Self::Function { package, .. } | Self::Templates { package } => package,
        }
    }
}

/// What there is to run, and with what.
pub(crate) struct Plan<'a> {
    /// A name that no other deployment has.
    pub(crate) name: String,
    pub(crate) artifact: &'a Artifact,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) size: Resources,
    /// The longest that one invocation may take.
    pub(crate) timeout: Duration,
    /// What is deployed on AWS: here it is the same files.
    pub(crate) artifact_kind: ArtifactKind,
    /// What lets a function run a server, if it does.
    pub(crate) adapter: Option<&'static Adapter>,
    /// What it feels of the profile.
    pub(crate) conditions: Option<&'a Conditions>,
    /// Of a service of the user's own, how it is run.
    pub(crate) own: Option<&'a OwnService>,
}

/// How a value of the axis runs a service.
#[async_trait]
trait Part: Sync {
    /// Sets the service up. Nothing of it runs before [`Workload::start`].
    async fn provision(&self, plan: Plan<'_>, lambda: &Arc<Lambda>) -> Result<Box<dyn Workload>, ComputeError>;
}

/// The service of one deployment. Dropped, all its processes are killed.
#[async_trait]
pub(crate) trait Workload: Send + Sync {
    /// What a front is put before.
    fn backend(&self) -> Backend<'_>;

    /// Starts what has to run before the first call: a server; of a function, nothing.
    async fn start(&mut self) -> Result<(), ComputeError>;

    /// Ends every process, so that the next call, after [`Workload::start`], is cold.
    async fn stop(&mut self);

    /// How long what runs now took from its start until it could take calls; of a function, once it was called.
    fn init(&self) -> Option<Duration>;

    /// CPU time that this took; nothing where it can't be read.
    fn init_cpu(&self) -> Option<Duration>;

    /// CPU time that what runs now has used so far; nothing where that can't be read.
    fn cpu_time(&self) -> Option<Duration>;

    /// The largest peak of resident memory of one process so far, in bytes.
    fn peak_memory_bytes(&self) -> Option<u64>;

    /// The processes that run now.
    fn process_ids(&self) -> Vec<i32>;

    /// How many execution environments are being started; none of a server.
    fn starting(&self) -> usize {
        0
    }

    /// How the CPU share of what runs now is held; none if nothing runs.
    fn cpu_applied(&self) -> Option<CpuApplied>;

    /// The name of its function in Lambda; `None` of a server.
    fn function_name(&self) -> Option<&str> {
        None
    }

    /// How long the last calls took inside of the function, as it reports them; none of a server.
    fn durations(&self) -> Vec<Duration> {
        Vec::new()
    }

    /// Why it is down, if it has ended by itself. A function's environments may come and go.
    fn ended(&self) -> Option<String> {
        None
    }

    /// Why its first call failed, where what runs it knows: a server may have ended.
    async fn failure(&self) -> Option<String> {
        self.ended()
    }

    /// Waits until it has ended by itself and gives the reason. A function never does.
    async fn wait_ended(&self) -> String {
        std::future::pending().await
    }

    /// Starts it again where it was, after it has ended by itself.
    async fn restart(&mut self) -> Result<(), ComputeError> {
        Ok(())
    }
}

/// Why a service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    /// The compute runs servers, the artifact is another.
    #[error("it runs a server, and `{0}` is none")]
    WantsServer(PathBuf),
    /// The compute runs functions, the artifact is another.
    #[error("it runs a function, and `{0}` is none")]
    WantsFunction(PathBuf),
    /// The compute runs nothing, the artifact is a program.
    #[error("nothing runs there, and `{0}` is a program")]
    WantsTemplates(PathBuf),
    /// There is no table that templates could call.
    #[error("it calls a table of DynamoDB, and there is none")]
    NoTable,
    /// The API can't be served.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The server did not start.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// There is no folder for the function's code.
    #[error("cannot create a folder for the function's code")]
    Folder(#[source] std::io::Error),
    /// The function's package was not unpacked.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Lambda refused the function.
    #[error(transparent)]
    Function(#[from] CreateFunctionError),
}

/// The part of each value.
fn part(compute: Compute) -> &'static dyn Part {
    match compute {
        Compute::Ec2 => &server::EC2,
        Compute::Fargate => &server::FARGATE,
        Compute::K8s | Compute::Eks => &server::K8S,
        Compute::Lightsail => &server::LIGHTSAIL,
        // An image holds what a zip does, unpacked.
        Compute::Lambda | Compute::Lambdaweb | Compute::Lambdaimage => &function::LambdaFunction,
        Compute::Nocompute => &nothing::Nothing,
    }
}

/// Sets the service up on its compute. Nothing of it runs before [`Workload::start`].
pub(crate) async fn provision(
    compute: Compute,
    plan: Plan<'_>,
    lambda: &Arc<Lambda>,
) -> Result<Box<dyn Workload>, ComputeError> {
    part(compute).provision(plan, lambda).await
}
