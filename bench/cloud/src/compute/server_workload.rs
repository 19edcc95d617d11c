//! A server that a deployment keeps up: started, registered as the front's target, stopped, started again.

use std::time::Duration;

use crate::front::Target;
use crate::process::CpuApplied;
use crate::server::{Server, ServerConfig, ServerError};

/// A server, running or not, and the target that its front looks at.
#[derive(Debug)]
pub(crate) struct ServerWorkload {
    config: ServerConfig,
    target: Target,
    running: Option<Server>,
    /// The largest of the processes that have been stopped, in bytes.
    stopped_peak_bytes: Option<u64>,
}

impl ServerWorkload {
    pub(super) fn new(config: ServerConfig) -> Self {
        Self { config, target: Target::default(), running: None, stopped_peak_bytes: None }
    }

    /// Where its front sends calls.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Starts the server, waits until it is ready and registers it.
    pub(super) async fn start(&mut self) -> Result<(), ServerError> {
        let server = Server::start(&self.config).await?;
        self.target.set(Some(server.address()));
        self.running = Some(server);
        Ok(())
    }

    /// Stops the server, if one runs. Calls that come meanwhile find no target.
    pub(super) async fn stop(&mut self) {
        self.target.set(None);
        if let Some(server) = self.running.take() {
            let peak = server.stop().await;
            self.stopped_peak_bytes = self.stopped_peak_bytes.max(Some(peak));
        }
    }

    /// From the spawn of the server that runs to its word that it is ready.
    pub(super) fn init(&self) -> Option<Duration> {
        self.running.as_ref().map(Server::init)
    }

    pub(super) fn process_ids(&self) -> Vec<i32> {
        self.running.as_ref().map(Server::process_id).into_iter().collect()
    }

    /// How the CPU share of the server that runs is held.
    pub(super) fn cpu_applied(&self) -> Option<CpuApplied> {
        self.running.as_ref().map(Server::cpu_applied)
    }

    /// Why no server runs, if it has ended by itself.
    pub(super) fn ended(&self) -> Option<String> {
        self.running.as_ref().and_then(Server::ended)
    }

    /// The largest peak of resident memory of one process, in bytes.
    pub(super) fn peak_memory_bytes(&self) -> Option<u64> {
        self.stopped_peak_bytes.max(self.running.as_ref().map(Server::peak_memory_bytes))
    }
}
