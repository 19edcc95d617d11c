//! DynamoDB: dynoxide in this process, behind an endpoint of ours. In memory: deleted with the cloud.
//!
//! dynoxide has no way in but a listener of its own, and that one answers every web page, without bounds. So it listens
//! where nobody finds it, and `gate` passes on what may pass.

mod capacity;
mod gate;
mod streams;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::endpoint::Endpoint;
use crate::metered::Meter;

/// The tables' partition key, a string: which counter.
pub const PARTITION_KEY: &str = "id";

/// How long running requests may take once dynoxide is to stop.
const DRAIN: Duration = Duration::from_secs(2);

/// A DynamoDB endpoint on loopback. Credentials must be present in a request, as an SDK sends them; they
/// are not verified.
pub struct DynamoDb {
    database: Database,
    endpoint: Option<Endpoint>,
    address: SocketAddr,
    url: String,
    stop: CancellationToken,
    task: JoinHandle<Result<(), String>>,
}

/// Why DynamoDB could not do what the cloud requested.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The database did not open.
    #[error("cannot open DynamoDB's in-memory database")]
    Open(#[source] dynoxide::DynoxideError),
    /// The endpoint did not bind.
    #[error("cannot listen for DynamoDB on loopback")]
    Listen(#[source] std::io::Error),
    /// A table was refused.
    #[error("cannot create the DynamoDB table `{table}`")]
    CreateTable {
        /// The table's name.
        table: String,
        /// DynamoDB's reason.
        #[source]
        source: dynoxide::DynoxideError,
    },
    /// An item was refused.
    #[error("cannot put an item into the DynamoDB table `{table}`")]
    Put {
        /// The table's name.
        table: String,
        /// DynamoDB's reason.
        #[source]
        source: dynoxide::DynoxideError,
    },
}

impl DynamoDb {
    /// Starts an empty DynamoDB on a free port.
    ///
    /// # Errors
    /// When the database does not open or no port is free.
    pub async fn start() -> Result<Self, DynamoDbError> {
        Self::start_with(None).await
    }

    /// The same, its operations counted by what they cost.
    pub(crate) async fn start_with(meter: Option<Arc<Meter>>) -> Result<Self, DynamoDbError> {
        let database = Database::memory().map_err(DynamoDbError::Open)?;
        let listener = hidden().await.map_err(DynamoDbError::Listen)?;
        let behind = listener.local_addr().map_err(DynamoDbError::Listen)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let task = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), stopped));
        let endpoint = gate::open(behind, database.clone(), meter).await.map_err(DynamoDbError::Listen)?;
        let (address, url) = (endpoint.address(), endpoint.url());
        Ok(Self { database, endpoint: Some(endpoint), address, url, stop, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint's URL, as `AWS_ENDPOINT_URL_DYNAMODB` takes it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Creates a table for counters, paid per request: partition key [`PARTITION_KEY`], no sort key.
    ///
    /// # Errors
    /// When DynamoDB refuses it: the name is taken or not valid.
    pub fn create_table(&self, table: &str) -> Result<(), DynamoDbError> {
        let request = serde_json::from_value(json!({
            "TableName": table,
            "AttributeDefinitions": [{ "AttributeName": PARTITION_KEY, "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": PARTITION_KEY, "KeyType": "HASH" }],
            "BillingMode": "PAY_PER_REQUEST",
        }));
        request
            .map_err(|error| dynoxide::DynoxideError::ValidationException(error.to_string()))
            .and_then(|request| self.database.create_table(request))
            .map(|_| ())
            .map_err(|source| DynamoDbError::CreateTable { table: table.to_owned(), source })
    }

    /// Creates a table by the body of a `CreateTable`, with the attribute at which its items expire, if they do.
    ///
    /// # Errors
    /// When DynamoDB refuses it.
    pub fn create(&self, request: &Value, ttl: Option<&str>) -> Result<(), DynamoDbError> {
        let table = request.get("TableName").and_then(Value::as_str).unwrap_or_default().to_owned();
        let refused = |source| DynamoDbError::CreateTable { table: table.clone(), source };
        let invalid =
            |error: serde_json::Error| refused(dynoxide::DynoxideError::ValidationException(error.to_string()));
        let request = serde_json::from_value(request.clone()).map_err(invalid)?;
        self.database.create_table(request).map_err(refused)?;
        if let Some(attribute) = ttl {
            let request = json!({
                "TableName": table,
                "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
            });
            let request = serde_json::from_value(request).map_err(invalid)?;
            self.database.update_time_to_live(request).map_err(refused)?;
        }
        Ok(())
    }

    /// Puts an item, in DynamoDB's form, into a table. It is not counted.
    ///
    /// # Errors
    /// When DynamoDB refuses it.
    pub fn put(&self, table: &str, item: &Value) -> Result<(), DynamoDbError> {
        let refused = |source| DynamoDbError::Put { table: table.to_owned(), source };
        let request = serde_json::from_value(json!({ "TableName": table, "Item": item }))
            .map_err(|error| refused(dynoxide::DynoxideError::ValidationException(error.to_string())))?;
        self.database.put_item(request).map(|_| ()).map_err(refused)
    }

    /// Deletes a table with all that is in it, if there is one.
    pub fn remove_table(&self, table: &str) {
        let request = serde_json::from_value(json!({ "TableName": table }))
            .map_err(|error| dynoxide::DynoxideError::ValidationException(error.to_string()));
        if let Err(error) = request.and_then(|request| self.database.delete_table(request)) {
            tracing::warn!(%error, table, "the table was not deleted");
        }
    }

    /// Stops the endpoint once running requests are answered (bounded).
    pub async fn shutdown(mut self) {
        if let Some(endpoint) = self.endpoint.take() {
            endpoint.shutdown().await;
        }
        self.stop.cancel();
        if tokio::time::timeout(DRAIN, &mut self.task).await.is_err() {
            tracing::warn!("DynamoDB did not drain in time");
        }
    }
}

/// Listens on a loopback address that can't be guessed: one of 2^24, where the system has more than 127.0.0.1 (Linux).
async fn hidden() -> std::io::Result<TcpListener> {
    let [_, a, b, c] = fastrand::u32(..).to_be_bytes();
    match TcpListener::bind((Ipv4Addr::new(127, a, b, c), 0)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}
