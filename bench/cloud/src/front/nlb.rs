//! Network Load Balancer: a TCP proxy. It must not look at what passes.
//!
//! Not emulated: the reset of flows that were idle for 350 s.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::{Front, Part, RunningFront, Target};
use crate::endpoint::Endpoint;

/// How long connecting to the target may take. On loopback it takes microseconds, or the target's
/// backlog is full.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts one on a free port, before `target`.
///
/// # Errors
/// When no port is free.
pub async fn serve(target: Target) -> io::Result<Front> {
    Ok(Front::new(Endpoint::start(move |client, _peer, stop| forward(client, target.clone(), stop)).await?))
}

pub(super) struct Nlb;

#[async_trait]
impl Part for Nlb {
    async fn before_server(&self, target: &Target) -> Option<io::Result<Box<dyn RunningFront>>> {
        Some(Front::boxed(serve(target.clone()).await))
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
