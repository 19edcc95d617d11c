//! The long-running server of EC2, Fargate and Kubernetes: configuration, the store it names,
//! the socket, the end. Must not know what the counter answers.

mod config;
mod error;
mod open;
mod serve;

pub use config::{Config, HELP};
pub use error::ServerError;
pub use serve::run;
