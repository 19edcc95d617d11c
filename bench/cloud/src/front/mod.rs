//! What stands between the caller and the compute.

pub mod alb;
mod direct;
pub mod nlb;
mod target;

use std::io;

use ways::Front;

pub use target::Target;

use alb::{Alb, AlbConfig};
use nlb::Nlb;

/// A front that is up.
#[derive(Debug)]
pub(crate) enum RunningFront {
    Direct(Target),
    Alb(Alb),
    Nlb(Nlb),
}

/// Why a front is not up.
#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    /// No port is free.
    #[error("cannot listen for the {front} on loopback")]
    Listen {
        /// Which.
        front: Front,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It can't stand before a server.
    #[error("`{0}` takes functions only")]
    FunctionsOnly(Front),
}

/// Starts a front for a server.
pub(crate) async fn start(front: Front, target: &Target) -> Result<RunningFront, FrontError> {
    let started = match front {
        Front::Direct => Ok(RunningFront::Direct(target.clone())),
        Front::Alb => Alb::start(AlbConfig::default(), target.clone()).await.map(RunningFront::Alb),
        Front::Nlb => Nlb::start(target.clone()).await.map(RunningFront::Nlb),
        Front::HttpApi | Front::FunctionUrl => return Err(FrontError::FunctionsOnly(front)),
    };
    started.map_err(|source| FrontError::Listen { front, source })
}

impl RunningFront {
    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Direct(target) => target.address().map(direct::url).unwrap_or_default(),
            Self::Alb(alb) => alb.url(),
            Self::Nlb(nlb) => nlb.url(),
        }
    }

    /// Takes no new calls, answers those under way (bounded), then closes.
    pub(crate) async fn shutdown(self) {
        match self {
            Self::Direct(_) => {}
            Self::Alb(alb) => alb.shutdown().await,
            Self::Nlb(nlb) => nlb.shutdown().await,
        }
    }
}
