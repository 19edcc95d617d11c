//! From the name of a front to the running front: the one place that knows them all.

use std::time::Instant;

use ways::Front as Kind;

use super::alb::{self, Alb, AlbConfig};
use super::nlb::Nlb;
use super::{Front, FrontError, Target, direct, function_url, http_api};
use crate::door::{self, Door};
use crate::lambda::Function;
use crate::profile::Entrance;

/// What a front stands before.
#[derive(Clone, Copy)]
pub(crate) enum Backend<'a> {
    Server(&'a Target),
    Function(&'a Function),
}

/// A front that is up.
#[derive(Debug)]
pub(crate) enum RunningFront {
    Direct(Target),
    Alb(Alb),
    Nlb(Nlb),
    OfFunction(Front),
    /// Behind a door at which its callers wait.
    Delayed(Door, Box<RunningFront>),
}

/// Why a front is not up.
#[derive(Debug, thiserror::Error)]
pub enum StartFrontError {
    /// It did not start.
    #[error("the front `{front}` did not start")]
    Serve {
        /// Which.
        front: Kind,
        /// Why.
        #[source]
        source: FrontError,
    },
    /// It can't stand before this backend: no valid way asks for it.
    #[error("the front `{front}` takes no {backend}")]
    Backend {
        /// Which.
        front: Kind,
        /// What it was to stand before.
        backend: &'static str,
    },
}

/// Starts a front before a server or a function.
pub(crate) async fn start(front: Kind, backend: Backend<'_>) -> Result<RunningFront, StartFrontError> {
    let started = match (front, backend) {
        (Kind::Direct, Backend::Server(target)) => Ok(RunningFront::Direct(target.clone())),
        (Kind::Nlb, Backend::Server(target)) => server(Nlb::start(target.clone()).await, RunningFront::Nlb),
        (Kind::Alb, Backend::Server(target)) => {
            server(Alb::start(AlbConfig::default(), target.clone()).await, RunningFront::Alb)
        }
        (Kind::Alb, Backend::Function(function)) => of_function(alb::function::serve(function.clone()).await),
        (Kind::HttpApi, Backend::Function(function)) => of_function(http_api::serve(function.clone()).await),
        (Kind::FunctionUrl, Backend::Function(function)) => of_function(function_url::serve(function.clone()).await),
        (Kind::HttpApi | Kind::FunctionUrl, Backend::Server(_)) => {
            return Err(StartFrontError::Backend { front, backend: "server" });
        }
        (Kind::Direct | Kind::Nlb, Backend::Function(_)) => {
            return Err(StartFrontError::Backend { front, backend: "function" });
        }
    };
    started.map_err(|source| StartFrontError::Serve { front, source })
}

/// Puts a door with the entrance's delays before a front.
pub(crate) async fn delay(
    front: RunningFront,
    kind: Kind,
    entrance: Entrance,
) -> Result<RunningFront, StartFrontError> {
    let failed = |source: std::io::Error| StartFrontError::Serve { front: kind, source: source.into() };
    let door = Door::open(front.target(), move |before, _request| entrance.delay(before, Instant::now()));
    Ok(RunningFront::Delayed(door.await.map_err(failed)?, Box::new(front)))
}

fn server<F>(started: std::io::Result<F>, running: fn(F) -> RunningFront) -> Result<RunningFront, FrontError> {
    started.map(running).map_err(FrontError::from)
}

fn of_function(started: Result<Front, FrontError>) -> Result<RunningFront, FrontError> {
    started.map(RunningFront::OfFunction)
}

impl RunningFront {
    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Direct(target) => target.address().map(direct::url).unwrap_or_default(),
            Self::Alb(alb) => alb.url(),
            Self::Nlb(nlb) => nlb.url(),
            Self::OfFunction(front) => front.url(),
            Self::Delayed(door, _) => door.url(),
        }
    }

    /// Where it takes calls, as a target of whatever stands before it.
    fn target(&self) -> Target {
        match self {
            Self::Direct(target) => target.clone(),
            Self::Alb(alb) => door::fixed(alb.address()),
            Self::Nlb(nlb) => door::fixed(nlb.address()),
            Self::OfFunction(front) => door::fixed(front.address()),
            Self::Delayed(door, _) => door::fixed(door.address()),
        }
    }

    /// Takes no new calls, answers those under way (bounded), then closes.
    pub(crate) async fn shutdown(self) {
        match self {
            Self::Direct(_) => {}
            Self::Alb(alb) => alb.shutdown().await,
            Self::Nlb(nlb) => nlb.shutdown().await,
            Self::OfFunction(front) => front.shutdown().await,
            Self::Delayed(door, front) => {
                door.shutdown().await;
                Box::pin(front.shutdown()).await;
            }
        }
    }
}
