//! The count in a key of Valkey: the distribution's own server, one for each deployment.

mod engine;

use ways::Store;

use super::line::{Line, Protocol};
use super::{Place, Provisioned, StoreError, StorePart, env};
use engine::Server;

/// How a client asks for what it only reads.
const READ: &[u8] = b"*2\r\n$3\r\nget\r\n";

/// The part of [`Store::Valkey`].
pub(super) struct Valkey;

/// The protocol of its commands.
#[derive(Default)]
struct Resp;

impl Protocol for Resp {
    fn reads(&mut self, piece: &[u8]) -> bool {
        piece.get(..READ.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(READ))
    }
}

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
            Some(conditions) => {
                Some(Line::open::<Resp>(server.address(), conditions).await.map_err(StoreError::Listen)?)
            }
        };
        let address = line.as_ref().map_or(server.address(), Line::address).to_string();
        let reached = Reached { _line: line, _server: server };
        Ok(Provisioned { env: env(self.store(), &address, []), _resource: Some(Box::new(reached)) })
    }
}
