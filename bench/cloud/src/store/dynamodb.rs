//! The count in a DynamoDB item, in a table of the deployment's own.

use std::sync::Arc;

use http::request::Parts;
use ways::Store;

use super::{Place, Provisioned, StoreError, StorePart, entrance, env};
use crate::door::Door;
use crate::dynamodb::DynamoDb;

/// By which SDKs know its endpoint.
pub(crate) const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// The part of [`Store::Dynamodb`].
pub(super) struct TableStore;

struct Table {
    name: String,
    dynamodb: Arc<DynamoDb>,
    _door: Option<Door>,
}

#[async_trait::async_trait]
impl StorePart for TableStore {
    fn store(&self) -> Store {
        Store::Dynamodb
    }

    async fn provision(&self, place: Place<'_>) -> Result<Provisioned, StoreError> {
        let (name, dynamodb) = (place.name, &place.services.dynamodb);
        let (endpoint, door) = entrance(dynamodb.address(), place.conditions, is_read).await?;
        dynamodb.create_table(name).map_err(StoreError::DynamoDb)?;
        let table = Table { name: name.to_owned(), dynamodb: Arc::clone(dynamodb), _door: door };
        Ok(Provisioned { env: env(self.store(), name, [(ENDPOINT, endpoint)]), _resource: Some(Box::new(table)) })
    }
}

/// The operation is in a header: `DynamoDB_20120810.GetItem`.
pub(super) fn is_read(request: &Parts) -> bool {
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
    ["Get", "BatchGet", "Query", "Scan", "Describe", "List"].iter().any(|read| operation.starts_with(read))
}

impl Drop for Table {
    fn drop(&mut self) {
        self.dynamodb.remove_table(&self.name);
    }
}
