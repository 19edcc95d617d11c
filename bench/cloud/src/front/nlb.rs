//! Network Load Balancer: a TCP proxy. It must not look at what passes.
//!
//! Not emulated: the reset of flows that were idle for 350 s.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::Target;
use crate::endpoint::Endpoint;

/// How long connecting to the target may take. On loopback it takes microseconds, or the target's
/// backlog is full.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A running Network Load Balancer with one target.
#[derive(Debug)]
pub struct Nlb {
    endpoint: Endpoint,
}

impl Nlb {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(target: Target) -> io::Result<Self> {
        let endpoint = Endpoint::start(move |client, _peer, stop| forward(client, target.clone(), stop)).await?;
        Ok(Self { endpoint })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.endpoint.url()
    }

    /// Takes no new connections, lets the open ones end (bounded), then closes them.
    pub async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}

/// Passes bytes both ways; each side's end is passed on by itself. Open connections outlast `stop`: the
/// endpoint bounds that.
async fn forward(mut client: TcpStream, target: Target, _stop: CancellationToken) {
    // Without a target, or with a dead one, the client sees its connection closed.
    let Some(address) = target.address() else { return };
    let Ok(Ok(mut server)) = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await else { return };
    // What arrives in one piece must leave at once.
    let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
    if let Err(error) = tokio::io::copy_bidirectional(&mut client, &mut server).await {
        tracing::debug!(%error, "connection broken");
    }
}
