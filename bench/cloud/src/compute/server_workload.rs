//! A server that a deployment keeps up: started, registered as the front's target, stopped, started again.

use crate::front::Target;
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
    pub(crate) fn new(config: ServerConfig) -> Self {
        Self { config, target: Target::default(), running: None, stopped_peak_bytes: None }
    }

    /// Where its front sends calls.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Starts the server, waits until it is ready and registers it.
    pub(crate) async fn start(&mut self) -> Result<&Server, ServerError> {
        let server = Server::start(&self.config).await?;
        self.target.set(Some(server.address()));
        Ok(self.running.insert(server))
    }

    /// Stops the server, if one runs. Calls that come meanwhile find no target.
    pub(crate) async fn stop(&mut self) {
        self.target.set(None);
        if let Some(server) = self.running.take() {
            let peak = server.stop().await;
            self.stopped_peak_bytes = self.stopped_peak_bytes.max(Some(peak));
        }
    }

    pub(crate) fn running(&self) -> Option<&Server> {
        self.running.as_ref()
    }

    /// The largest peak of resident memory of one process, in bytes.
    pub(crate) fn peak_memory_bytes(&self) -> Option<u64> {
        self.stopped_peak_bytes.max(self.running.as_ref().map(Server::peak_memory_bytes))
    }
}
