//! The count in a DynamoDB item, in a table of the deployment's own.

use super::{COUNTER, Provisioned, Resource, StoreError, env};
use crate::dynamodb::DynamoDb;

pub(super) fn provision(name: &str, dynamodb: &DynamoDb) -> Result<Provisioned, StoreError> {
    dynamodb.create_table(name).map_err(StoreError::DynamoDb)?;
    Ok(Provisioned {
        env: env(format!("dynamodb://{name}/{COUNTER}"), [("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.url().to_owned())]),
        resource: Resource::Table(name.to_owned()),
    })
}
