//! The count in a key of Valkey: the distribution's own server, one for each deployment.

mod engine;
mod line;

use ways::Store;

use super::{Place, Provisioned, StoreError, StorePart, env};
pub use engine::EngineError;
use engine::Server;
use line::Line;

/// The part of [`Store::Valkey`].
pub(super) struct Valkey;

/// Dropped in this order: the way to it, then the server.
struct Reached {
    _line: Option<Line>,
    _server: Server,
}

#[async_trait::async_trait]
impl StorePart for Valkey {
    fn store(&self) -> Store {
        Store::Valkey
    }

    async fn provision(&self, place: Place<'_>) -> Result<Provisioned, StoreError> {
        let server = Server::start(self.store()).await.map_err(StoreError::Engine)?;
        let line = match place.conditions {
            None => None,
            Some(conditions) => Some(Line::open(server.address(), conditions).await.map_err(StoreError::Listen)?),
        };
        let address = line.as_ref().map_or(server.address(), Line::address).to_string();
        let reached = Reached { _line: line, _server: server };
        Ok(Provisioned { env: env(self.store(), &address, []), _resource: Some(Box::new(reached)) })
    }
}
