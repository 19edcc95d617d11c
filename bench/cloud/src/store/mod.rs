//! Where the count is kept: each store provisions what one deployment needs and names how to reach it.
//!
//! A store is one file here, with its part of [`StorePart`] and no other place that knows it.

mod dynamodb;
mod engine;
mod file;
mod line;
mod memory;
mod postgres;
mod s3;
mod valkey;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use http::request::Parts;
use ways::Store;

use crate::cloud::Services;
use crate::door::Door;
use crate::dynamodb::DynamoDbError;
use crate::front::Target;
use crate::metered::Metered;
use crate::profile::StoreConditions;
use crate::s3::S3Error;
pub(crate) use dynamodb::ENDPOINT as DYNAMODB_ENDPOINT;
pub use engine::{EngineError, engine};

/// A store of one deployment's own. Dropped, it is deleted with the count.
pub(crate) struct Provisioned {
    /// What the service needs in its environment to reach it.
    pub(crate) env: BTreeMap<String, String>,
    /// Held for what their drop deletes.
    _resource: Option<Box<dyn Send + Sync>>,
}

/// Why a store could not be provisioned.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No folder for the counter's file.
    #[error("cannot create a folder for the counter's file")]
    Folder(#[source] std::io::Error),
    /// The folder's path can't be written as a URL.
    #[error("the temporary folder's path `{0}` is not UTF-8; set TMPDIR to one that is")]
    FolderName(String),
    /// S3 refused.
    #[error("cannot provision the counter's bucket")]
    S3(#[source] S3Error),
    /// No port for a door before it.
    #[error("cannot listen for the store on loopback")]
    Listen(#[source] std::io::Error),
    /// DynamoDB refused.
    #[error("cannot provision the counter's table")]
    DynamoDb(#[source] DynamoDbError),
    /// The store's own server does not run.
    #[error("cannot provision the counter's store")]
    Engine(#[source] EngineError),
    /// The model has a store that nothing here provisions.
    #[error("the local cloud has no store `{0}`")]
    Unknown(Store),
}

/// What a store needs of its deployment.
struct Place<'a> {
    /// Which store: the part's own, or another that its services serve.
    store: Store,
    /// A name that no other deployment has.
    name: &'a str,
    services: &'a Services,
    /// What calls over the network feel; nothing if `None`.
    conditions: Option<StoreConditions>,
}

/// A store's part in the local cloud.
#[async_trait::async_trait]
trait StorePart: Sync {
    /// Which store it is.
    fn store(&self) -> Store;

    /// Creates what one deployment needs.
    ///
    /// # Errors
    /// When there is no room, port or name for it.
    async fn provision(&self, place: Place<'_>) -> Result<Provisioned, StoreError>;
}

/// Every store that has services of its own.
const PARTS: [&dyn StorePart; 6] =
    [&memory::Memory, &file::File, &s3::ObjectStore, &dynamodb::TableStore, &valkey::Valkey, &postgres::Postgres];

/// Provisions a store under a name that no other deployment has; calls over the network feel `conditions`.
pub(crate) async fn provision(
    store: Store,
    name: &str,
    services: &Services,
    conditions: Option<StoreConditions>,
) -> Result<Provisioned, StoreError> {
    // Whatever AWS charges for it, what a service speaks with is the same.
    let part = PARTS.into_iter().find(|part| part.store() == store.service()).ok_or(StoreError::Unknown(store))?;
    part.provision(Place { store, name, services, conditions }).await
}

/// Whether a request reads.
type IsRead = fn(&Parts) -> bool;

/// Where a service of the user's own reaches all stores. What it keeps in them is made by whoever deploys it.
pub(crate) async fn at_stores(
    services: &Services,
    conditions: Option<StoreConditions>,
) -> Result<Provisioned, StoreError> {
    let mut env = BTreeMap::new();
    let mut doors = Vec::new();
    let endpoints: [(&str, SocketAddr, IsRead); 2] = [
        (dynamodb::ENDPOINT, services.dynamodb.address(), dynamodb::is_read),
        (s3::ENDPOINT, services.s3.address(), s3::is_read),
    ];
    for (variable, address, is_read) in endpoints {
        let (url, door) = entrance(address, conditions.clone(), is_read).await?;
        env.insert(variable.to_owned(), url);
        doors.extend(door);
    }
    env.insert("AWS_ENDPOINT_URL_LAMBDA".to_owned(), services.lambda.endpoint());
    Ok(Provisioned { env, _resource: Some(Box::new(doors)) })
}

/// Where a service reaches an endpoint, and the door before it, where there is one: calls wait there, reads and writes
/// each for their own time.
async fn entrance(
    endpoint: SocketAddr,
    conditions: Option<StoreConditions>,
    is_read: fn(&Parts) -> bool,
) -> Result<(String, Option<Door>), StoreError> {
    let Some(conditions) = conditions else { return Ok((format!("http://{endpoint}"), None)) };
    let delay = move |before: &mut Option<Instant>, request: &Parts| conditions.delay(before, is_read(request));
    let door = Door::open(Target::fixed(endpoint), delay).await.map_err(StoreError::Listen)?;
    Ok((door.url(), Some(door)))
}

/// An environment of a store's URL at `place` and whatever else is needed.
fn env<const N: usize>(store: Store, place: &str, others: [(&str, String); N]) -> BTreeMap<String, String> {
    let others = others.into_iter().map(|(name, value)| (name.to_owned(), value));
    others.chain([("STORE".to_owned(), store.url(place))]).collect()
}

impl Metered {
    /// Calls of each store: those that read, and those that write.
    #[must_use]
    pub fn calls(&self) -> [(Store, u64, u64); 2] {
        [
            (Store::Dynamodb, self.dynamodb_reads, self.dynamodb_writes),
            (Store::S3, self.s3_gets, self.s3_puts + self.s3_free),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ways::Axis;

    use super::*;

    #[test]
    fn every_store_of_the_model_has_one_part() {
        for store in Store::ALL {
            assert_eq!(PARTS.into_iter().filter(|part| part.store() == store.service()).count(), 1, "{store}");
        }
    }
}
