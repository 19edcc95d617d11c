//! Application Load Balancer: a reverse proxy over HTTP/1.1 for servers, an event source for functions.
//!
//! Bodies stream both ways, neither held nor bounded here. Statuses as documented in
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>

pub mod function;
mod headers;
mod page;
mod proxy;
pub(in crate::front) mod target_group;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;

use super::Target;
use crate::endpoint::{Endpoint, Http};
use target_group::TargetGroup;

/// How an Application Load Balancer is set up.
#[derive(Clone, Copy, Debug)]
pub struct AlbConfig {
    /// How long a connection, the client's or the target's, may pass no byte, and how long
    /// a target may take to the head of its response, the upload included. AWS's default is 60 s.
    pub idle_timeout: Duration,
}

impl Default for AlbConfig {
    fn default() -> Self {
        Self { idle_timeout: Duration::from_secs(60) }
    }
}

/// A running Application Load Balancer with one server as its target.
#[derive(Debug)]
pub struct Alb {
    endpoint: Endpoint,
}

impl Alb {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(config: AlbConfig, target: Target) -> io::Result<Self> {
        let targets = Arc::new(TargetGroup::new(target, config.idle_timeout));
        let endpoint = Endpoint::start(move |stream, peer, stop| {
            let targets = Arc::clone(&targets);
            let port = stream.local_addr().map_or(0, |address| address.port());
            let answer = service_fn(move |request| proxy::answer(Arc::clone(&targets), request, peer.ip(), port));
            Http { idle: Some(config.idle_timeout), date: true, half_close: true }.serve(stream, answer, stop)
        })
        .await?;
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

    /// Takes no new calls, answers those under way (bounded), then closes.
    pub async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}
