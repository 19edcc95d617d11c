//! The count as the attribute `hits` of one DynamoDB item, whose partition key is the string
//! attribute `id`. One `UpdateItem` per call and no other permission. Must not know the
//! environment: the SDK's configuration comes in.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::Source;
use super::aws::Unsent;
use crate::{Store, StoreError, Update};

/// A count in a DynamoDB item.
#[derive(Debug)]
pub struct DynamoDb {
    client: Client,
    table: String,
    key: String,
    update: Update,
}

impl DynamoDb {
    /// The count in the item `key` of `table`; a missing item is 0. Makes no call.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String, key: String, update: Update) -> Self {
        let config = Builder::from(config).interceptor(Unsent::new()).build();
        Self { client: Client::from_conf(config), table, key, update }
    }

    /// An `ADD` that timed out may have been done and is done again by the SDK's retry: that
    /// skips numbers and repeats none, since only the last answer is read.
    async fn add_atomically(&self, n: u64) -> Result<u64, StoreError> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(self.key.clone()))
            .update_expression("ADD hits :n")
            .expression_attribute_values(":n", AttributeValue::N(n.to_string()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| self.write_failed(error.into()))?;
        self.count(updated.attributes().and_then(|attributes| attributes.get("hits")))
    }

    /// What the original study did: read, add here, write.
    async fn read_then_write(&self, n: u64) -> Result<u64, StoreError> {
        let id = AttributeValue::S(self.key.clone());
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", id.clone())
            .send()
            .await
            .map_err(|error| StoreError::Read { place: self.place(), source: error.into() })?;
        let before = match got.item() {
            Some(item) => self.count(item.get("hits"))?,
            None => 0,
        };
        let count = before.checked_add(n).ok_or(StoreError::Overflow)?;
        // A readiness check must not undo what others write meanwhile.
        if n > 0 {
            self.client
                .put_item()
                .table_name(&self.table)
                .item("id", id)
                .item("hits", AttributeValue::N(count.to_string()))
                .send()
                .await
                .map_err(|error| self.write_failed(error.into()))?;
        }
        Ok(count)
    }

    fn count(&self, hits: Option<&AttributeValue>) -> Result<u64, StoreError> {
        let number = hits.and_then(|hits| hits.as_n().ok());
        number.and_then(|number| number.parse().ok()).ok_or_else(|| StoreError::Corrupt {
            place: self.place(),
            found: number.cloned().unwrap_or_else(|| format!("{hits:?}")),
        })
    }

    fn place(&self) -> String {
        format!("dynamodb://{}/{}", self.table, self.key)
    }

    fn write_failed(&self, source: Source) -> StoreError {
        StoreError::Write { place: self.place(), source }
    }
}

impl Store for DynamoDb {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        match self.update {
            Update::Atomic => self.add_atomically(n).await,
            Update::ReadThenWrite => self.read_then_write(n).await,
        }
    }
}
