//! The AWS of this machine: DynamoDB, S3, Lambda, fronts and servers on loopback.
//!
//! Real protocols, embedded: no Docker, no JVM, no account. Services are run only as processes, from
//! their artifacts; this crate must never link one, and must not know how anything is measured.

mod body;
mod client;
mod cloud;
mod compute;
pub mod credentials;
mod deployment;
mod door;
pub mod dynamodb;
mod endpoint;
mod entrypoint;
pub mod front;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod lambda;
mod metered;
mod observer;
mod own;
mod page;
mod platform;
pub mod process;
mod profile;
pub mod s3;
mod scratch;
pub mod server;
mod store;
mod supervision;
pub mod vtl;

pub use client::CallError;
pub use cloud::{Cloud, CloudConfig, CloudError, Endpoints};
pub use compute::{Artifact, ComputeError};
pub use deployment::{ColdCall, Deployment};
pub use entrypoint::Entrypoint;
pub use front::ApiError;
pub use metered::Metered;
pub use observer::{Health, Observer};
pub use own::{OwnService, Request};
pub use page::Pages;
pub use profile::{
    Aws, Caller, Delay, Distribution, DistributionError, Parameters, ParametersError, Profile, StoreCalls,
};
pub use scratch::Scratch;
pub use store::{EngineError, StoreError, engine};
pub use supervision::Supervision;
