//! The router over the store that the configuration names. Must not listen, nor call a service:
//! a DynamoDB that is away now may be back for the first hit.

use axum::Router;
use counter::aws::{self, Service};
use counter::{Batched, DynamoDb, File, Memory, S3, Store, StoreUrl, Update, router};

use crate::{Config, ServerError};

pub(crate) async fn open(config: &Config) -> Result<Router, ServerError> {
    let update = config.update;
    match &config.store {
        // Nothing to share: an atomic costs less than a queue.
        StoreUrl::Memory => Ok(router(Memory::new(0, update))),
        StoreUrl::File(path) => Ok(shared(File::open(path, update)?, update)),
        StoreUrl::DynamoDb { table, key } => {
            let sdk = aws::from_environment_or_host(Service::DynamoDb, variable).await?;
            Ok(shared(
                DynamoDb::new(&sdk, table.clone(), key.clone(), update),
                update,
            ))
        }
        StoreUrl::S3 { bucket, key } => {
            let sdk = aws::from_environment_or_host(Service::S3, variable).await?;
            Ok(shared(
                S3::new(&sdk, bucket.clone(), key.clone(), update),
                update,
            ))
        }
    }
}

/// One call for all waiting callers, unless the origin's calls are to be reproduced.
fn shared<S: Store>(store: S, update: Update) -> Router {
    match update {
        Update::Atomic => router(Batched::new(store)),
        Update::ReadThenWrite => router(store),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
