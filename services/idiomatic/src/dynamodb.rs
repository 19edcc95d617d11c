//! The count as the attribute `hits` of one DynamoDB item.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::{Error, Store};

/// A count in a DynamoDB item; a missing item is 0.
#[derive(Debug)]
pub struct DynamoDb {
    client: Client,
    table: String,
    key: String,
}

impl DynamoDb {
    /// The count in the item `key` of `table`.
    pub fn new(config: &SdkConfig, table: String, key: String) -> Self {
        Self { client: Client::new(config), table, key }
    }

    /// What the original study did.
    async fn read_then_write(&self, n: u64) -> Result<u64, Error> {
        let id = AttributeValue::S(self.key.clone());
        let got = self.client.get_item().table_name(&self.table).key("id", id.clone()).send().await?;
        let before = got.item().map_or(Ok(0), |item| count(item.get("hits")))?;
        let after = before + n;
        if n > 0 {
            let hits = AttributeValue::N(after.to_string());
            self.client.put_item().table_name(&self.table).item("id", id).item("hits", hits).send().await?;
        }
        Ok(after)
    }
}

impl Store for DynamoDb {
    async fn add(&self, n: u64) -> Result<u64, Error> {
        if crate::read_then_write() {
            return self.read_then_write(n).await;
        }
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(self.key.clone()))
            .update_expression("ADD hits :n")
            .expression_attribute_values(":n", AttributeValue::N(n.to_string()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await?;
        count(updated.attributes().and_then(|attributes| attributes.get("hits")))
    }
}

fn count(hits: Option<&AttributeValue>) -> Result<u64, Error> {
    let hits = hits.and_then(|hits| hits.as_n().ok()).ok_or("the item has no count")?;
    Ok(hits.parse()?)
}
