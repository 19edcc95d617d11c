//! Lambda: the function's package, unpacked into a folder of its own, run by the Lambda service; deleted with the
//! deployment. With AWS's Web Adapter the package is a server's.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ways::{Adapter, ArtifactKind, model};

use super::{Artifact, ComputeError, Part, Plan, Workload};
use crate::entrypoint::Entrypoint;
use crate::front::Backend;
use crate::lambda::{
    About, EXTENSIONS, ErrorSource, Function, FunctionConfig, Lambda, Listens, Outcome, Slowness, unpack,
};
use crate::own::OwnService;
use crate::process::CpuApplied;
use crate::scratch::Scratch;
use crate::server::{LISTEN, Ready};

pub(super) struct LambdaFunction;

/// Puts an extension where Lambda looks for those of layers.
fn add_extension(program: &Path, code: &Path) -> std::io::Result<()> {
    let folder = code.join(EXTENSIONS);
    std::fs::create_dir_all(&folder)?;
    symlink(program, folder.join(program.file_name().unwrap_or_default()))
}

/// How a server, the counter's or one of the user's own, and the adapter learn where it listens.
fn listens(adapter: &Adapter, own: Option<&OwnService>) -> Listens {
    match own.map(|own| &own.ready) {
        Some(Ready::Port { variable, .. }) => {
            Listens::Port { server: variable.clone(), caller: adapter.environment.port.clone() }
        }
        Some(Ready::Line) | None => Listens::Address {
            address: LISTEN.to_owned(),
            host: adapter.environment.host.clone(),
            port: adapter.environment.port.clone(),
        },
    }
}

#[async_trait]
impl Part for LambdaFunction {
    async fn provision(&self, mut plan: Plan<'_>, lambda: &Arc<Lambda>) -> Result<Box<dyn Workload>, ComputeError> {
        let (package, runtime, extension): (PathBuf, Option<Entrypoint>, _) = match plan.artifact {
            Artifact::Server { package, .. } | Artifact::Templates { package } => {
                return Err(ComputeError::WantsFunction(package.clone()));
            }
            Artifact::Function { package, runtime, extension } => (package.clone(), runtime.clone(), extension),
        };
        let package_bytes = std::fs::metadata(&package).map_or(0, |metadata| metadata.len());
        let slowness = plan.conditions.map(|conditions| Slowness {
            invoke: conditions.invoke.clone(),
            cold: conditions.cold(package_bytes),
            vpc: conditions.vpc.clone(),
            // "About one full vCPU" while it initialises, whatever its memory: PeterUlb/lambdabench.
            init_cpu: conditions.share(1.0, conditions.lambda_period),
            cpu: conditions.share(plan.size.vcpu, conditions.lambda_period),
        });
        let folder = Scratch::new("function-").map_err(ComputeError::Folder)?;
        let code = folder.path().to_owned();
        let into = code.clone();
        tokio::task::spawn_blocking(move || unpack(&package, &into))
            .await
            .expect("unpacking does not panic, and nothing aborts it")?;
        let listens = plan.adapter.map(|adapter| listens(adapter, plan.own));
        if let Some(adapter) = plan.adapter {
            let health = plan.own.map_or(model().service.health.path.as_str(), OwnService::health);
            plan.env.insert(adapter.environment.ready.clone(), health.to_owned());
        }
        if let Some(extension) = extension {
            add_extension(extension, &code).map_err(ComputeError::Folder)?;
        }
        // Lambda's own.
        plan.env.remove("PATH");
        let function = lambda.create_function(FunctionConfig {
            runtime,
            env: plan.env,
            listens,
            // Lambda's largest is 10,240 MiB.
            memory_mib: u32::try_from(plan.size.memory_mib).unwrap_or(u32::MAX),
            timeout: plan.timeout,
            slowness,
            about: About {
                image: plan.artifact_kind == ArtifactKind::ContainerImage,
                code_size: package_bytes,
                runtime: plan.own.and_then(|own| own.runtime.clone()),
                ..About::default()
            },
            folder: Some(Arc::new(folder)),
            ..match plan.own {
                Some(own) => FunctionConfig { handler: own.handler.clone(), ..FunctionConfig::new(plan.name, code) },
                None => FunctionConfig::new(plan.name, code),
            }
        })?;
        Ok(Box::new(FunctionWorkload { function, lambda: Arc::clone(lambda) }))
    }
}

/// A function in the Lambda service. Dropped, it is deleted and its environments are killed.
struct FunctionWorkload {
    function: Function,
    lambda: Arc<Lambda>,
}

#[async_trait]
impl Workload for FunctionWorkload {
    fn backend(&self) -> Backend<'_> {
        Backend::Function(&self.function)
    }

    async fn start(&mut self) -> Result<(), ComputeError> {
        Ok(())
    }

    /// Ends all its environments.
    async fn stop(&mut self) {
        self.function.retire().await;
    }

    /// The Init Duration of the last call, if it was cold.
    fn init(&self) -> Option<Duration> {
        self.function.last_report().and_then(|report| report.init_duration)
    }

    fn init_cpu(&self) -> Option<Duration> {
        self.function.init_cpu()
    }

    fn cpu_time(&self) -> Option<Duration> {
        self.function.cpu_time()
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        Some(self.function.peak_memory_bytes()).filter(|&peak| peak > 0)
    }

    fn process_ids(&self) -> Vec<i32> {
        self.function.environment_pids()
    }

    fn starting(&self) -> usize {
        self.function.starting()
    }

    fn cpu_applied(&self) -> Option<CpuApplied> {
        self.function.cpu_applied()
    }

    fn function_name(&self) -> Option<&str> {
        Some(self.function.name())
    }

    /// The error of one more invocation, by Lambda's own account, where its environment is at fault.
    async fn failure(&self) -> Option<String> {
        match self.function.invoke("{}").await {
            Outcome::FunctionError(error) if error.source == ErrorSource::Unhandled => {
                Some(format!("{}: {}", error.error_type, error.message))
            }
            _ => None,
        }
    }

    fn durations(&self) -> Vec<Duration> {
        self.function.reports().into_iter().map(|report| report.duration).collect()
    }
}

impl Drop for FunctionWorkload {
    fn drop(&mut self) {
        self.lambda.delete_function(self.function.name());
    }
}
