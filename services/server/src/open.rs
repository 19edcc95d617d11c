//! The counter over the store that the configuration names. Must not know a store.

use std::net::SocketAddr;

use counter::{Host, Store, router};

use crate::serve::serve;
use crate::{Config, ServerError};

pub(crate) async fn open_and_serve(config: &Config) -> Result<(), ServerError> {
    config.store.served(config.update, |name| std::env::var(name).ok(), Listener(config.listen)).await
}

/// Where the counter listens.
struct Listener(SocketAddr);

impl Host for Listener {
    type Error = ServerError;

    async fn serve<S: Store>(self, store: S) -> Result<(), ServerError> {
        serve(self.0, router(store)).await
    }
}
