//! The count in a DynamoDB item, in a table of the deployment's own.

use std::sync::Arc;

use http::request::Parts;

use super::{COUNTER, Provisioned, StoreError, door, env};
use crate::door::Door;
use crate::dynamodb::DynamoDb;
use crate::profile::StoreConditions;

struct Table {
    name: String,
    dynamodb: Arc<DynamoDb>,
    _door: Option<Door>,
}

pub(super) async fn provision(
    name: &str,
    dynamodb: &Arc<DynamoDb>,
    conditions: Option<StoreConditions>,
) -> Result<Provisioned, StoreError> {
    let door = match conditions {
        None => None,
        Some(conditions) => Some(door(dynamodb.address(), conditions, is_read).await?),
    };
    let endpoint = door.as_ref().map_or_else(|| dynamodb.url().to_owned(), Door::url);
    dynamodb.create_table(name).map_err(StoreError::DynamoDb)?;
    let table = Table { name: name.to_owned(), dynamodb: Arc::clone(dynamodb), _door: door };
    Ok(Provisioned {
        env: env(format!("dynamodb://{name}/{COUNTER}"), [("AWS_ENDPOINT_URL_DYNAMODB", endpoint)]),
        _resource: Some(Box::new(table)),
    })
}

/// The operation is in a header: `DynamoDB_20120810.GetItem`.
fn is_read(request: &Parts) -> bool {
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
    ["Get", "BatchGet", "Query", "Scan", "Describe", "List"].iter().any(|read| operation.starts_with(read))
}

impl Drop for Table {
    fn drop(&mut self) {
        self.dynamodb.remove_table(&self.name);
    }
}
