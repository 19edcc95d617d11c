//! The store that the configuration names, and the counter over it. Must not call a service: a
//! DynamoDB that is away now may be back for the first hit.

use counter::aws::{self, Service};
use counter::{Batched, DynamoDb, File, Memory, Postgres, S3, Store, StoreUrl, Update, Valkey, router};

use crate::serve::serve;
use crate::{Config, ServerError};

pub(crate) async fn open_and_serve(config: &Config) -> Result<(), ServerError> {
    let (listen, update) = (config.listen, config.update);
    match &config.store {
        // Nothing to share: an atomic costs less than a queue.
        StoreUrl::Memory => serve(listen, router(Memory::new(0, update))).await,
        StoreUrl::File(path) => shared(config, File::open(path, update)?).await,
        StoreUrl::DynamoDb { table, key } => {
            let sdk = aws::from_environment_or_host(Service::DynamoDb, variable).await?;
            shared(config, DynamoDb::new(&sdk, table.clone(), key.clone(), update)).await
        }
        StoreUrl::S3 { bucket, key } => {
            let sdk = aws::from_environment_or_host(Service::S3, variable).await?;
            shared(config, S3::new(&sdk, bucket.clone(), key.clone(), update)).await
        }
        StoreUrl::Postgres(url) => shared(config, Postgres::new(url.clone(), update)?).await,
        StoreUrl::Valkey { server, key, tls } => shared(config, Valkey::new(server, key.clone(), *tls, update)?).await,
    }
}

/// One call for all waiting callers, unless the original study's calls are to be reproduced.
async fn shared<S: Store>(config: &Config, store: S) -> Result<(), ServerError> {
    match config.update {
        Update::Atomic => serve(config.listen, router(Batched::new(store))).await,
        Update::ReadThenWrite => serve(config.listen, router(store)).await,
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
