//! The long-running server of EC2, Fargate and Kubernetes: configuration, the store it names,
//! the listener, the connections and their bounds. Must not know what the counter answers.

mod body;
mod config;
mod connection;
mod error;
mod open;
mod serve;
mod timed;

pub use config::{Config, help};
pub use error::ServerError;
pub use serve::run;
