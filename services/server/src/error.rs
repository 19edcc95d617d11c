//! How the server fails, and the exit code of each way. Must not print.

use std::io;
use std::net::SocketAddr;

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// `LISTEN` is not an address.
    #[error("LISTEN={0:?} is not an address and port; use for example 0.0.0.0:8000 or [::1]:0")]
    Listen(String),
    /// Another value of the environment cannot be used.
    #[error(transparent)]
    Config(#[from] counter::ConfigError),
    /// The counter file cannot be used.
    #[error(transparent)]
    File(#[from] counter::OpenError),
    /// The address cannot be listened on.
    #[error("listening on {address} failed; is its port in use? LISTEN sets another")]
    Bind {
        /// The value of `LISTEN`.
        address: SocketAddr,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The system gave no runtime, no signal handler or no more connections.
    #[error("serving failed")]
    Serve(#[source] io::Error),
}

impl ServerError {
    /// 2 where the server refused to start, 1 where it failed while running.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Listen(_) | Self::Config(_) | Self::File(_) | Self::Bind { .. } => 2,
            Self::Serve(_) => 1,
        }
    }
}
