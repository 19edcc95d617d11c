//! DynamoDB: dynoxide in this process, behind its own HTTP endpoint. In memory: gone with the cloud.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use dynoxide::Database;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The tables' partition key, a string: which counter.
pub const PARTITION_KEY: &str = "id";

/// How long running requests may take once the endpoint has been asked to stop.
const DRAIN: Duration = Duration::from_secs(2);

/// A DynamoDB endpoint on loopback. Credentials must be present in a request, as an SDK sends them; they
/// are not verified.
pub struct DynamoDb {
    database: Database,
    address: SocketAddr,
    url: String,
    stop: CancellationToken,
    task: JoinHandle<Result<(), String>>,
}

/// Why DynamoDB could not do what the cloud asked.
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
        /// What DynamoDB says.
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
        let database = Database::memory().map_err(DynamoDbError::Open)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(DynamoDbError::Listen)?;
        let address = listener.local_addr().map_err(DynamoDbError::Listen)?;
        let url = format!("http://{address}");
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let task = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), stopped));
        Ok(Self { database, address, url, stop, task })
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

    /// Removes a table with all that is in it, if it is there.
    pub fn remove_table(&self, table: &str) {
        let request = serde_json::from_value(json!({ "TableName": table }))
            .map_err(|error| dynoxide::DynoxideError::ValidationException(error.to_string()));
        if let Err(error) = request.and_then(|request| self.database.delete_table(request)) {
            tracing::warn!(%error, table, "the table was not removed");
        }
    }

    /// Stops the endpoint once running requests are answered (bounded).
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(DRAIN, &mut self.task).await.is_err() {
            tracing::warn!("DynamoDB did not drain in time");
        }
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}
