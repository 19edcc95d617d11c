//! A server that a deployment keeps up: started, registered as the front's target, stopped, started again.
//!
//! EC2, Fargate, Kubernetes and Lightsail differ here in data only: they are rows. The server is the only service of its
//! instance, task, pod or node and may take all of its memory; what the system or the node takes for itself is not emulated.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Artifact, ComputeError, Part, Plan, Workload};
use crate::front::{Backend, Target};
use crate::lambda::Lambda;
use crate::process::CpuApplied;
use crate::server::{Ready, START_TIMEOUT, Server, ServerConfig};

/// A compute that runs servers.
pub(super) struct ServerCompute {
    /// Variables that it sets for what runs on it.
    env: &'static [(&'static str, &'static str)],
}

/// Under the `aws` profile a burstable instance has its whole vCPUs, as it has while it spends CPU credits. T3 and T4g
/// start without any and earn those of a t3.micro, 12 vCPU-seconds a minute, which a run spends in less; without them
/// each vCPU falls to a tenth.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances-standard-mode-concepts.html>
pub(super) const EC2: ServerCompute = ServerCompute { env: &[] };

/// The SDKs name the variable's value in their user agent.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html>
pub(super) const FARGATE: ServerCompute = ServerCompute { env: &[("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")] };

pub(super) const K8S: ServerCompute = ServerCompute { env: &[] };

/// What Lightsail sets in a container is nowhere documented.
pub(super) const LIGHTSAIL: ServerCompute = ServerCompute { env: &[] };

#[async_trait]
impl Part for ServerCompute {
    async fn provision(&self, mut plan: Plan<'_>, _lambda: &Arc<Lambda>) -> Result<Box<dyn Workload>, ComputeError> {
        let entrypoint = match plan.artifact {
            Artifact::Server { entrypoint, .. } => entrypoint.clone(),
            Artifact::Function { package, .. } | Artifact::Templates { package } => {
                return Err(ComputeError::WantsServer(package.clone()));
            }
        };
        plan.env.extend(self.env.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        let config = ServerConfig {
            entrypoint,
            cpu: plan.conditions.map(|conditions| conditions.share(plan.size.vcpu, conditions.server_period)),
            env: plan.env,
            memory_mib: plan.size.memory_mib,
            listen: None,
            start_timeout: START_TIMEOUT,
            ready: plan.own.map_or(Ready::Line, |own| own.ready.clone()),
        };
        Ok(Box::new(ServerWorkload { config, target: Target::default(), running: None, stopped_peak_bytes: None }))
    }
}

/// A server, running or not, and the target that its front looks at.
#[derive(Debug)]
struct ServerWorkload {
    config: ServerConfig,
    target: Target,
    running: Option<Server>,
    /// The largest of the processes that have been stopped, in bytes.
    stopped_peak_bytes: Option<u64>,
}

impl ServerWorkload {
    async fn start_at(&mut self, listen: Option<SocketAddr>) -> Result<(), ComputeError> {
        let server = Server::start(&ServerConfig { listen, ..self.config.clone() }).await?;
        self.target.set(Some(server.address()));
        self.running = Some(server);
        Ok(())
    }
}

#[async_trait]
impl Workload for ServerWorkload {
    fn backend(&self) -> Backend<'_> {
        Backend::Server(&self.target)
    }

    /// Starts the server, waits until it is ready and registers it.
    async fn start(&mut self) -> Result<(), ComputeError> {
        self.start_at(None).await
    }

    /// Stops the server, if one runs. Calls that come meanwhile find no target.
    async fn stop(&mut self) {
        self.target.set(None);
        if let Some(server) = self.running.take() {
            let peak = server.stop().await;
            self.stopped_peak_bytes = self.stopped_peak_bytes.max(Some(peak));
        }
    }

    fn init(&self) -> Option<Duration> {
        self.running.as_ref().map(Server::init)
    }

    fn init_cpu(&self) -> Option<Duration> {
        self.running.as_ref()?.init_cpu()
    }

    fn cpu_time(&self) -> Option<Duration> {
        self.running.as_ref()?.cpu_time()
    }

    fn peak_memory_bytes(&self) -> Option<u64> {
        self.stopped_peak_bytes.max(self.running.as_ref().map(Server::peak_memory_bytes))
    }

    fn process_ids(&self) -> Vec<i32> {
        self.running.as_ref().map(Server::process_id).into_iter().collect()
    }

    fn cpu_applied(&self) -> Option<CpuApplied> {
        self.running.as_ref().map(Server::cpu_applied)
    }

    fn ended(&self) -> Option<String> {
        self.running.as_ref().and_then(Server::ended)
    }

    async fn wait_ended(&self) -> String {
        match &self.running {
            Some(server) => server.wait_ended().await,
            None => std::future::pending().await,
        }
    }

    /// At the same address, as an instance keeps its own: callers without a balancer know no other.
    async fn restart(&mut self) -> Result<(), ComputeError> {
        let address = self.running.as_ref().map(Server::address).or(self.config.listen);
        self.config.listen = address;
        self.stop().await;
        self.start_at(address).await
    }
}
