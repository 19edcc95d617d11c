//! The request units of an operation, by the capacity that dynoxide reports where it is requested, and, of a write whose
//! condition does not hold, by the item that is there.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>

use bytes::Bytes;
use dynoxide::Database;
use dynoxide::types::item_size;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::metered::Meter;

const REQUESTED: &str = "ReturnConsumedCapacity";
const CONSUMED: &str = "ConsumedCapacity";

/// A write's units go by this, in bytes.
const WRITE_UNIT_BYTES: usize = 1024;

/// An operation on items.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    name: String,
    request: Map<String, Value>,
    /// Whether its caller requested the capacity.
    wanted: bool,
}

impl Operation {
    /// The operation of an `X-Amz-Target` and a body; nothing of one that is not on items, which costs nothing, or of a body
    /// that is not JSON.
    pub(super) fn read(target: &str, body: &[u8]) -> Option<Self> {
        let name = target.strip_prefix("DynamoDB_20120810.")?.to_owned();
        let on_items = [
            "GetItem",
            "BatchGetItem",
            "Query",
            "Scan",
            "TransactGetItems",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
            "TransactWriteItems",
            "ExecuteStatement",
            "BatchExecuteStatement",
            "ExecuteTransaction",
        ];
        if !on_items.contains(&name.as_str()) {
            return None;
        }
        let request: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let wanted = request.get(REQUESTED).is_some_and(|it| *it != "NONE");
        Some(Self { name, request, wanted })
    }

    /// Its body, with the capacity requested.
    pub(super) fn body(&self) -> Bytes {
        let mut request = self.request.clone();
        if !self.wanted {
            request.insert(REQUESTED.to_owned(), "TOTAL".into());
        }
        Value::Object(request).to_string().into()
    }

    /// Counts it by its answer, which loses the capacity that its caller did not request.
    pub(super) fn counted(&self, status: StatusCode, answer: Bytes, database: &Database, meter: &Meter) -> Bytes {
        let Ok(mut parsed) = serde_json::from_slice::<Value>(&answer) else { return answer };
        if !status.is_success() {
            let units = self.failed_units(&parsed, database);
            meter.dynamodb(self.writes(), units, 0.0);
            return answer;
        }
        let consumed = match parsed.get(CONSUMED) {
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let sum = |name: &str| consumed.iter().filter_map(|it| it.get(name)?.as_f64()).sum::<f64>();
        let (write, read) = (sum("WriteCapacityUnits"), sum("ReadCapacityUnits"));
        let (write, read) = match (write + read > 0.0, self.writes()) {
            (true, _) => (write, read),
            (false, true) => (sum("CapacityUnits"), 0.0),
            (false, false) => (0.0, sum("CapacityUnits")),
        };
        meter.dynamodb(self.writes(), write, read);
        if self.wanted {
            return answer;
        }
        if let Some(object) = parsed.as_object_mut() {
            object.remove(CONSUMED);
        }
        parsed.to_string().into()
    }

    fn writes(&self) -> bool {
        let reads = |statement: &Value| {
            let text = statement.get("Statement").unwrap_or(statement).as_str().unwrap_or_default();
            text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
        };
        match self.name.as_str() {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems" => false,
            "ExecuteStatement" => !self.request.get("Statement").is_some_and(reads),
            "BatchExecuteStatement" => !self.statements("Statements").all(reads),
            "ExecuteTransaction" => !self.statements("TransactStatements").all(reads),
            _ => true,
        }
    }

    fn statements(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.request.get(name).and_then(Value::as_array).into_iter().flatten()
    }

    /// Write units of an operation that failed. One whose condition does not hold costs what the item that is there has, 1
    /// at least ("condition expressions"); a cancelled transaction two for each of its writes, which is assumed: what AWS
    /// charges for one is not documented. Others are free: they were refused.
    fn failed_units(&self, answer: &Value, database: &Database) -> f64 {
        let kind = answer.get("__type").and_then(Value::as_str).unwrap_or_default();
        match kind.rsplit('#').next().unwrap_or_default() {
            "ConditionalCheckFailedException" => self.existing_units(database).unwrap_or(1.0),
            "TransactionCanceledException" if self.writes() => {
                let items = self.request.get("TransactItems").and_then(Value::as_array);
                2.0 * items.map_or(1, Vec::len) as f64
            }
            _ => 0.0,
        }
    }

    /// What a write of the item as it is costs.
    fn existing_units(&self, database: &Database) -> Option<f64> {
        let table = self.request.get("TableName")?;
        let key = match self.request.get("Key") {
            Some(key) => key.clone(),
            None => {
                let described =
                    database.describe_table(serde_json::from_value(json!({ "TableName": table })).ok()?).ok()?;
                let described = serde_json::to_value(described).ok()?;
                let schema = described.pointer("/Table/KeySchema")?.as_array()?.clone();
                let item = self.request.get("Item")?;
                let attribute = |it: &Value| {
                    let name = it.get("AttributeName")?.as_str()?.to_owned();
                    let value = item.get(&name)?.clone();
                    Some((name, value))
                };
                Value::Object(schema.iter().filter_map(attribute).collect())
            }
        };
        let request = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
        let found = database.get_item(serde_json::from_value(request).ok()?).ok()?;
        Some((item_size(&found.item?).div_ceil(WRITE_UNIT_BYTES) as f64).max(1.0))
    }
}
