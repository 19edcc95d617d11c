//! Where the count is kept: each store provisions what one deployment needs and says how to reach it.

mod dynamodb;
mod file;
mod memory;
mod s3;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use http::request::Parts;
use ways::Store;

use crate::deployment::Services;
use crate::door::Door;
use crate::dynamodb::DynamoDbError;
use crate::front::Target;
use crate::profile::StoreConditions;
use crate::s3::S3Error;

/// The counter's name within its store: the key of its object or item, the name of its file.
const COUNTER: &str = "hits";

/// A store of one deployment's own. Dropped, it is removed with the count.
pub(crate) struct Provisioned {
    /// What the service needs in its environment to reach it.
    pub(crate) env: BTreeMap<String, String>,
    /// Held for what their drop removes.
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
}

/// Provisions a store under a name that no other deployment has; calls over the network feel `conditions`.
pub(crate) async fn provision(
    store: Store,
    name: &str,
    services: &Services,
    conditions: Option<StoreConditions>,
) -> Result<Provisioned, StoreError> {
    match store {
        Store::Memory => Ok(memory::provision()),
        Store::File => file::provision(),
        Store::S3 => s3::provision(name, &services.s3, conditions).await,
        Store::DynamoDb => dynamodb::provision(name, &services.dynamodb, conditions).await,
    }
}

/// A door before a store's endpoint where calls wait, reads and writes each for their own time.
async fn door(
    endpoint: SocketAddr,
    conditions: StoreConditions,
    is_read: fn(&Parts) -> bool,
) -> Result<Door, StoreError> {
    let delay = move |before: &mut Option<Instant>, request: &Parts| conditions.delay(before, is_read(request));
    Door::open(Target::fixed(endpoint), delay).await.map_err(StoreError::Listen)
}

/// An environment of one store URL and whatever else is needed.
fn env<const N: usize>(store: String, others: [(&str, String); N]) -> BTreeMap<String, String> {
    let others = others.into_iter().map(|(name, value)| (name.to_owned(), value));
    others.chain([("STORE".to_owned(), store)]).collect()
}
