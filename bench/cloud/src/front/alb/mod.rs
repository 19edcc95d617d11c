//! Application Load Balancer: a reverse proxy over HTTP/1.1 for servers, an event source for functions.
//!
//! Bodies stream both ways, neither held nor bounded here. Statuses as documented in
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>

pub mod function;
pub(in crate::front) mod headers;
mod page;
mod proxy;
pub(in crate::front) mod target_group;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;
use hyper::service::service_fn;

use super::{Front, Part, RunningFront, Target};
use crate::endpoint::{Endpoint, Guard, Hosts, Http};
use crate::lambda::Function;
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

/// Starts one on a free port, before a server.
///
/// # Errors
/// When no port is free.
pub async fn serve(config: AlbConfig, target: Target) -> io::Result<Front> {
    let targets = Arc::new(TargetGroup::new(target, config.idle_timeout));
    let endpoint = Endpoint::start(move |stream, peer, stop| {
        let targets = Arc::clone(&targets);
        let port = stream.local_addr().map_or(0, |address| address.port());
        let answer = service_fn(move |request| proxy::answer(Arc::clone(&targets), request, peer.ip(), port));
        let guard = Guard { hosts: Hosts::Front, forbidden: || page::page(StatusCode::FORBIDDEN) };
        Http { idle: config.idle_timeout, half_close: true, guard, ..Http::DOOR }.serve(stream, answer, stop)
    });
    Ok(Front::new(endpoint.await?))
}

pub(super) struct Alb;

#[async_trait]
impl Part for Alb {
    async fn before_server(&self, target: &Target) -> Option<io::Result<Box<dyn RunningFront>>> {
        Some(Front::boxed(serve(AlbConfig::default(), target.clone()).await))
    }

    async fn before_function(&self, function: &Function) -> Option<io::Result<Box<dyn RunningFront>>> {
        Some(Front::boxed(function::serve(function.clone(), function::MultiValue::Off).await))
    }
}
