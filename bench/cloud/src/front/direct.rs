//! No balancer: the caller reaches the server's own address.

use std::io;

use async_trait::async_trait;

use super::{Part, RunningFront, Target};

pub(super) struct Direct;

#[async_trait]
impl Part for Direct {
    async fn before_server(&self, target: &Target) -> Option<io::Result<Box<dyn RunningFront>>> {
        Some(Ok(Box::new(target.clone())))
    }
}

#[async_trait]
impl RunningFront for Target {
    /// The server's base URL; empty while no server runs.
    fn url(&self) -> String {
        self.address().map(|address| format!("http://{address}")).unwrap_or_default()
    }

    fn target(&self) -> Target {
        self.clone()
    }

    async fn shutdown(self: Box<Self>) {}
}
