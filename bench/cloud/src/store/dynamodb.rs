//! The count in a DynamoDB item, in a table of the deployment's own.

use std::sync::Arc;

use super::{COUNTER, Provisioned, StoreError, env};
use crate::dynamodb::DynamoDb;

struct Table {
    name: String,
    dynamodb: Arc<DynamoDb>,
}

pub(super) fn provision(name: &str, dynamodb: &Arc<DynamoDb>) -> Result<Provisioned, StoreError> {
    dynamodb.create_table(name).map_err(StoreError::DynamoDb)?;
    let endpoint = dynamodb.url().to_owned();
    Ok(Provisioned {
        env: env(format!("dynamodb://{name}/{COUNTER}"), [("AWS_ENDPOINT_URL_DYNAMODB", endpoint)]),
        _resource: Some(Box::new(Table { name: name.to_owned(), dynamodb: Arc::clone(dynamodb) })),
    })
}

impl Drop for Table {
    fn drop(&mut self) {
        self.dynamodb.remove_table(&self.name);
    }
}
