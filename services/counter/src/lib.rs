//! The counter: what every way deploys. A [`Store`] that hands out numbers, and the
//! [`router`] that serves them with the page.
//!
//! Guarantee of every store with [`Update::Atomic`]: **no two callers get the same number; no
//! acknowledged count is lost.** A retry after an ambiguous failure may skip a number, never
//! repeat one.
//!
//! This crate must not know who hosts it: no sockets, no Lambda events, no process exit codes.

mod config;
mod log;
mod response;
mod router;
mod store;

pub use config::{ConfigError, Environment, PostgresUrl, StoreUrl, Update};
pub use response::{PAGE, problem};
pub use router::{Router, router};
#[cfg(feature = "aws")]
pub use store::aws;
#[cfg(feature = "dynamodb")]
pub use store::dynamodb::DynamoDb;
#[cfg(feature = "postgres")]
pub use store::postgres::Postgres;
#[cfg(feature = "s3")]
pub use store::s3::S3;
#[cfg(feature = "valkey")]
pub use store::valkey::Valkey;
pub use store::{Store, StoreError, batched::Batched, file::File, file::OpenError, memory::Memory};
