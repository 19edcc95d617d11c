//! The count in a row of PostgreSQL: the distribution's own server, one for each deployment.

mod engine;
mod protocol;

use ways::Store;

use super::line::Line;
use super::{Place, Provisioned, StoreError, StorePart, env};
use engine::Server;
use protocol::Messages;

/// The part of [`Store::Postgres`].
pub(super) struct Postgres;

/// Dropped in this order: the way to it, then the server.
struct Reached {
    _line: Option<Line>,
    _server: Server,
}

#[async_trait::async_trait]
impl StorePart for Postgres {
    fn store(&self) -> Store {
        Store::Postgres
    }

    async fn provision(&self, place: Place<'_>) -> Result<Provisioned, StoreError> {
        let server = Server::start(place.store).await.map_err(StoreError::Engine)?;
        let line = match place.conditions {
            None => None,
            Some(conditions) => {
                Some(Line::open::<Messages>(server.address(), conditions).await.map_err(StoreError::Listen)?)
            }
        };
        let place = server.place(line.as_ref().map_or(server.address(), Line::address));
        let reached = Reached { _line: line, _server: server };
        Ok(Provisioned { env: env(self.store(), &place, []), _resource: Some(Box::new(reached)) })
    }
}
