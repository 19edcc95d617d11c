//! Where a front for servers sends its calls: an address that changes when the server is restarted.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// The registered target of a front, or none. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Target(Arc<RwLock<Option<SocketAddr>>>);

impl Target {
    /// A target at this address.
    #[must_use]
    pub fn fixed(address: SocketAddr) -> Self {
        let target = Self::default();
        target.set(Some(address));
        target
    }

    /// Registers a server's address, or none while no server runs.
    pub fn set(&self, address: Option<SocketAddr>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = address;
    }

    /// The address that is registered now.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
