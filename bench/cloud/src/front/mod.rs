//! What stands between the caller and the compute. `part` is the only place that lists all values of the axis.
//!
//! Fronts of servers pass calls on to a [`Target`]: [`alb`], [`nlb`], or nothing at all. Fronts of functions
//! translate an HTTP request into an event and the function's answer back ([`http_api`], [`function_url`],
//! [`alb::function`]); they share `event`, `answer` and `invoke`, and differ in their rules and in what they answer
//! when something fails. [`rest_api`] stands before nothing: it calls a store itself, by templates. No front may know what the
//! service does.

pub mod alb;
mod answer;
mod direct;
mod event;
pub mod function_url;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
pub mod http_api;
mod invoke;
pub mod nlb;
mod payload_v2;
pub mod rest_api;
mod target;

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use async_trait::async_trait;
use ways::Front as Kind;

pub(crate) use self::alb::target_group::{Failure as TargetFailure, TargetBody, TargetGroup};
pub(crate) use self::event::percent_decode;
pub use self::rest_api::ApiError;
pub(crate) use self::rest_api::{Api, Gateway};
pub use self::target::Target;
use crate::door::Door;
use crate::endpoint::Endpoint;
use crate::lambda::Function;
use crate::profile::Entrance;

/// What a front stands before.
#[derive(Clone, Copy)]
pub(crate) enum Backend<'a> {
    Server(&'a Target),
    Function(&'a Function),
    /// No process: the front answers by itself.
    Nothing(&'a Gateway),
}

/// How a value of the axis is started.
#[async_trait]
trait Part: Sync {
    /// Starts it before a server. `None` if it takes none.
    async fn before_server(&self, _target: &Target) -> Option<io::Result<Box<dyn RunningFront>>> {
        None
    }

    /// Starts it before a function. `None` if it takes none.
    async fn before_function(&self, _function: &Function) -> Option<io::Result<Box<dyn RunningFront>>> {
        None
    }

    /// Starts it with an API of its own, before nothing. `None` if it has none.
    async fn before_nothing(&self, _gateway: &Gateway) -> Option<io::Result<Box<dyn RunningFront>>> {
        None
    }
}

/// A front that is up. Dropped, it stops without waiting.
#[async_trait]
pub(crate) trait RunningFront: Send + Sync {
    /// Its base URL, without a slash at the end.
    fn url(&self) -> String;

    /// Where it takes calls, as a target of whatever stands before it.
    fn target(&self) -> Target;

    /// Takes no new calls, answers those under way (bounded), then closes.
    async fn shutdown(self: Box<Self>);
}

/// Why a front is not up.
#[derive(Debug, thiserror::Error)]
pub enum StartFrontError {
    /// No port is free.
    #[error("the front `{front}` cannot listen on a loopback port")]
    Listen {
        /// Which.
        front: Kind,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// It can't stand before this backend: `ways.toml` has no way with both.
    #[error("the front `{front}` does not take a {backend}")]
    Backend {
        /// Which.
        front: Kind,
        /// What it was to stand before.
        backend: &'static str,
    },
}

/// The part of each value.
fn part(front: Kind) -> &'static dyn Part {
    match front {
        // What an endpoint adds is a delay; what it answers in a container's place is nowhere documented.
        Kind::Direct | Kind::Endpoint => &direct::Direct,
        Kind::Alb => &alb::Alb,
        Kind::Nlb => &nlb::Nlb,
        Kind::HttpApi => &http_api::HttpApi,
        Kind::FunctionUrl => &function_url::FunctionUrl,
        Kind::RestApi => &rest_api::RestApi,
    }
}

/// Starts a front before a server, a function, or nothing.
pub(crate) async fn start(front: Kind, backend: Backend<'_>) -> Result<Box<dyn RunningFront>, StartFrontError> {
    let (started, backend) = match backend {
        Backend::Server(target) => (part(front).before_server(target).await, "server"),
        Backend::Function(function) => (part(front).before_function(function).await, "function"),
        Backend::Nothing(gateway) => (part(front).before_nothing(gateway).await, "mapping template"),
    };
    match started {
        None => Err(StartFrontError::Backend { front, backend }),
        Some(started) => started.map_err(|source| StartFrontError::Listen { front, source }),
    }
}

/// Puts a door with the entrance's delays before a front.
pub(crate) async fn delay(
    behind: Box<dyn RunningFront>,
    front: Kind,
    entrance: Entrance,
) -> Result<Box<dyn RunningFront>, StartFrontError> {
    let door = Door::open(behind.target(), move |before, _request| entrance.delay(before, Instant::now())).await;
    let door = door.map_err(|source| StartFrontError::Listen { front, source })?;
    Ok(Box::new(Delayed { door, behind }))
}

/// A front on a loopback port. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Front {
    endpoint: Endpoint,
}

impl Front {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    fn boxed(started: io::Result<Self>) -> io::Result<Box<dyn RunningFront>> {
        started.map(|front| -> Box<dyn RunningFront> { Box::new(front) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// Its URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.endpoint.url()
    }

    /// Takes no more requests, lets those under way end (bounded), and closes.
    pub async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}

#[async_trait]
impl RunningFront for Front {
    fn url(&self) -> String {
        self.endpoint.url()
    }

    fn target(&self) -> Target {
        Target::fixed(self.endpoint.address())
    }

    async fn shutdown(self: Box<Self>) {
        self.endpoint.shutdown().await;
    }
}

/// A front behind a door at which its callers wait.
struct Delayed {
    door: Door,
    behind: Box<dyn RunningFront>,
}

#[async_trait]
impl RunningFront for Delayed {
    fn url(&self) -> String {
        self.door.url()
    }

    fn target(&self) -> Target {
        Target::fixed(self.door.address())
    }

    async fn shutdown(self: Box<Self>) {
        self.door.shutdown().await;
        self.behind.shutdown().await;
    }
}
