//! The count as the value of a key of Valkey.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client};

use crate::{Error, Store};

/// A count in a key of Valkey; a missing key is 0.
#[derive(Debug)]
pub struct Valkey {
    connections: ConnectionManager,
    key: String,
}

impl Valkey {
    /// The count under `key` on the server of this URL.
    pub fn new(server: &str, key: String) -> Result<Self, Error> {
        // It connects six times by default, with pauses that double: a caller would wait ten seconds for a server that is away.
        let config = ConnectionManagerConfig::new().set_number_of_retries(1);
        let connections = Client::open(server)?.get_connection_manager_lazy(config)?;
        Ok(Self { connections, key })
    }
}

impl Store for Valkey {
    async fn add(&self, n: u64) -> Result<u64, Error> {
        let mut connections = self.connections.clone();
        if !crate::read_then_write() {
            return Ok(connections.incr(&self.key, n).await?);
        }
        let before: Option<u64> = connections.get(&self.key).await?;
        let after = before.unwrap_or(0) + n;
        if n > 0 {
            let () = connections.set(&self.key, after).await?;
        }
        Ok(after)
    }
}
