//! What runs the service: each compute says how it runs here.

mod ec2;
mod fargate;
mod function_workload;
mod k8s;
mod lambda;
mod server_workload;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ways::{Compute, Resources};

use crate::entrypoint::Entrypoint;
use crate::front::Backend;
use crate::lambda::{CreateFunctionError, Lambda, PackageError};
use crate::process::{CpuApplied, CpuShare};
use crate::profile::Conditions;
use crate::server::ServerError;
use function_workload::FunctionWorkload;
use server_workload::ServerWorkload;

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
    },
}

impl Artifact {
    /// The file or folder that is deployed.
    #[must_use]
    pub fn package(&self) -> &Path {
        match self {
            Self::Server { package, .. } | Self::Function { package, .. } => package,
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
    /// What it feels of the profile.
    pub(crate) conditions: Option<&'a Conditions>,
}

/// Over which the share of a task or an instance is held: what the ECS agent sets for a task's CPU limit.
/// <https://github.com/aws/amazon-ecs-agent#environment-variables>, `ECS_CGROUP_CPU_PERIOD`
const SERVER_PERIOD: Duration = Duration::from_millis(100);

/// The service of one deployment. Dropped, all its processes are killed.
pub(crate) enum Workload {
    Server(Box<ServerWorkload>),
    Function(FunctionWorkload),
}

/// Why a service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    /// The compute runs servers, the artifact is a function's.
    #[error("it runs a server, and `{0}` is a function")]
    WantsServer(PathBuf),
    /// The compute runs functions, the artifact is a server's.
    #[error("it runs a function, and `{0}` is a server")]
    WantsFunction(PathBuf),
    /// The server did not start.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// No folder for the function's code.
    #[error("cannot create a folder for the function's code")]
    Folder(#[source] std::io::Error),
    /// The function's package was not unpacked.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Lambda refused the function.
    #[error(transparent)]
    Function(#[from] CreateFunctionError),
}

/// Sets the service up on its compute. Nothing of it runs before [`Workload::start`].
pub(crate) async fn provision(
    compute: Compute,
    plan: Plan<'_>,
    lambda: &Arc<Lambda>,
) -> Result<Workload, ComputeError> {
    match compute {
        Compute::Ec2 => ec2::server(plan).map(server),
        Compute::Fargate => fargate::server(plan).map(server),
        Compute::K8s => k8s::server(plan).map(server),
        Compute::Lambda => lambda::function(plan, lambda).await.map(Workload::Function),
    }
}

fn server(config: crate::server::ServerConfig) -> Workload {
    Workload::Server(Box::new(ServerWorkload::new(config)))
}

impl Plan<'_> {
    /// The share of the processor that a server of this size has, if it is limited.
    fn cpu(&self) -> Option<CpuShare> {
        self.conditions.map(|conditions| conditions.share(self.size.vcpu, SERVER_PERIOD))
    }

    /// What starts the server, if the artifact is one.
    fn server(&self) -> Result<Entrypoint, ComputeError> {
        match self.artifact {
            Artifact::Server { entrypoint, .. } => Ok(entrypoint.clone()),
            Artifact::Function { package, .. } => Err(ComputeError::WantsServer(package.clone())),
        }
    }

    /// The function's zip file and its managed runtime, if the artifact is a function.
    fn function(&self) -> Result<(PathBuf, Option<Entrypoint>), ComputeError> {
        match self.artifact {
            Artifact::Server { package, .. } => Err(ComputeError::WantsFunction(package.clone())),
            Artifact::Function { package, runtime } => Ok((package.clone(), runtime.clone())),
        }
    }
}

impl Workload {
    /// What a front is put before.
    pub(crate) fn backend(&self) -> Backend<'_> {
        match self {
            Self::Server(server) => Backend::Server(server.target()),
            Self::Function(function) => Backend::Function(function.function()),
        }
    }

    /// Starts what has to run before the first call: a server; of a function, nothing.
    pub(crate) async fn start(&mut self) -> Result<(), ComputeError> {
        match self {
            Self::Server(server) => Ok(server.start().await?),
            Self::Function(_) => Ok(()),
        }
    }

    /// Ends every process, so that the next call, after [`Workload::start`], is cold.
    pub(crate) async fn stop(&mut self) {
        match self {
            Self::Server(server) => server.stop().await,
            Self::Function(function) => function.retire().await,
        }
    }

    /// How long what runs now took from its start until it could take calls; of a function, once it was called.
    pub(crate) fn init(&self) -> Option<Duration> {
        match self {
            Self::Server(server) => server.init(),
            Self::Function(function) => function.init(),
        }
    }

    /// The largest peak of resident memory of one process so far, in bytes.
    pub(crate) fn peak_memory_bytes(&self) -> Option<u64> {
        match self {
            Self::Server(server) => server.peak_memory_bytes(),
            Self::Function(function) => function.peak_memory_bytes(),
        }
    }

    /// The processes that run now.
    pub(crate) fn process_ids(&self) -> Vec<i32> {
        match self {
            Self::Server(server) => server.process_ids(),
            Self::Function(function) => function.process_ids(),
        }
    }

    /// How the CPU share of what runs now is held; none if nothing runs.
    pub(crate) fn cpu_applied(&self) -> Option<CpuApplied> {
        match self {
            Self::Server(server) => server.cpu_applied(),
            Self::Function(function) => function.function().cpu_applied(),
        }
    }

    /// How long the last calls took inside of the function, as it reports them; none of a server.
    pub(crate) fn durations(&self) -> Vec<Duration> {
        match self {
            Self::Server(_) => Vec::new(),
            Self::Function(function) => function.durations(),
        }
    }

    /// Why it is down, if it has ended by itself. A function's environments may come and go.
    pub(crate) fn ended(&self) -> Option<String> {
        match self {
            Self::Server(server) => server.ended(),
            Self::Function(_) => None,
        }
    }
}
