//! Tables and buckets in the counter's store's place, and what the service may do with them.

use app::{App, Projection, Table};
use serde_json::{Value, json};

use crate::ExportError;
use crate::block::{at, has, insert, object, remove, texts};
use crate::environment::{Environment, label};

/// The variable that says whether data go with what keeps them.
const DELETE: &str = "delete_data";

/// The versions of the provider whose indexes have keys as a list. The ones before refuse those, and some of them indexes
/// without a sort key (hashicorp/terraform-provider-aws#46755).
const INDEXES: &str = ">= 6.36.0, < 7.0.0";

/// What a service does with a table's items. <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>
const TABLE: [&str; 10] = [
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];

/// What it does with a bucket's objects. <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
const OBJECTS: [&str; 6] = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:PutObject",
    "s3:PutObjectTagging",
];

/// The tables and buckets of a service.
pub(crate) struct Stores<'a> {
    tables: Vec<&'a Table>,
    buckets: Vec<&'a str>,
    environment: &'a Environment,
}

impl<'a> Stores<'a> {
    pub(crate) fn of(app: &'a App, environment: &'a Environment) -> Self {
        let buckets = app.buckets().map(|bucket| bucket.name.as_str()).collect();
        Self { tables: app.tables().collect(), buckets, environment }
    }

    /// Puts them in the place of the counter's table, each bucket as the counter's is rendered.
    pub(crate) fn put(&self, configuration: &mut Value, with_bucket: &Value) -> Result<(), ExportError> {
        let counters = at(configuration, "/resource/aws_dynamodb_table/counter")?.take();
        remove(configuration, "resource", "aws_dynamodb_table", "counter");
        for table in &self.tables {
            insert(configuration, "resource", "aws_dynamodb_table", &label(&table.name), self.table(table, &counters));
        }
        if self.tables.iter().any(|table| !table.indexes.is_empty()) {
            configuration["terraform"]["required_providers"]["aws"]["version"] = json!(INDEXES);
        }
        for name in &self.buckets {
            let prefix = match self.environment.names(name) {
                // The provider adds 26 characters, and the deployment's name has up to 20: 63 are allowed.
                true => {
                    json!({ "bucket_prefix": format!("${{var.name}}-{}-", name.chars().take(15).collect::<String>()) })
                }
                false => json!({ "bucket": name }),
            };
            bucket(configuration, with_bucket, &label(name), &prefix, &json!(format!("${{var.{DELETE}}}")))?;
        }
        if !(self.tables.is_empty() && self.buckets.is_empty()) {
            configuration["variable"][DELETE] = json!({
                "type": "bool",
                "default": false,
                "description": "Whether tables and buckets may be deleted with all that is in them.",
            });
        }
        Ok(())
    }

    fn table(&self, table: &Table, counters: &Value) -> Value {
        let mut block = counters.clone();
        let name = if self.environment.names(&table.name) {
            format!("${{var.name}}-{}", table.name)
        } else {
            table.name.clone()
        };
        block["name"] = json!(name);
        let declared: Vec<_> =
            table.attributes().into_iter().map(|it| json!({ "name": it.name, "type": it.kind })).collect();
        block["attribute"] = json!(declared);
        block["hash_key"] = json!(table.partition_key.name);
        if let Some(key) = &table.sort_key {
            block["range_key"] = json!(key.name);
        }
        let indexes: Vec<_> = table
            .indexes
            .iter()
            .map(|it| {
                let projection = match it.projection {
                    Projection::All => "ALL",
                    Projection::KeysOnly => "KEYS_ONLY",
                };
                let partition = json!({ "attribute_name": it.partition_key.name, "key_type": "HASH" });
                let sort = it.sort_key.as_ref().map(|key| json!({ "attribute_name": key.name, "key_type": "RANGE" }));
                let keys: Vec<_> = std::iter::once(partition).chain(sort).collect();
                json!({ "name": it.name, "projection_type": projection, "key_schema": keys })
            })
            .collect();
        if !indexes.is_empty() {
            block["global_secondary_index"] = json!(indexes);
        }
        if let Some(attribute) = &table.ttl {
            block["ttl"] = json!({ "attribute_name": attribute, "enabled": true });
        }
        block["deletion_protection_enabled"] = json!(format!("${{!var.{DELETE}}}"));
        block
    }

    /// Allows a role what the service does with them, in the place of what the counter does: a list of statements, written as
    /// a data source (`actions`) or as a policy (`Action`).
    pub(crate) fn allow(&self, statements: &mut Value) {
        let Some(list) = statements.as_array_mut() else { return };
        let as_policy = list.iter().any(|it| it.get("Action").is_some());
        let statement = |(actions, resources): (&[&str], Vec<String>)| match as_policy {
            true => json!({ "Effect": "Allow", "Action": actions, "Resource": resources }),
            false => json!({ "actions": actions, "resources": resources }),
        };
        let own: Vec<Value> = self.permissions().into_iter().map(statement).collect();
        list.retain(|it| !has(it, "aws_dynamodb_table.counter"));
        list.splice(0..0, own);
    }

    fn permissions(&self) -> Vec<(&'static [&'static str], Vec<String>)> {
        let table = |table: &&Table| {
            let arn = format!("${{aws_dynamodb_table.{}.arn}}", label(&table.name));
            let index = (!table.indexes.is_empty()).then(|| format!("{arn}/index/*"));
            [Some(arn), index].into_iter().flatten()
        };
        let arn = |name: &&str| format!("${{aws_s3_bucket.{}.arn}}", label(name));
        let groups: [(&[&str], Vec<String>); 3] = [
            (&TABLE, self.tables.iter().flat_map(table).collect()),
            (&OBJECTS, self.buckets.iter().map(|name| arn(name) + "/*").collect()),
            (&["s3:ListBucket"], self.buckets.iter().map(arn).collect()),
        ];
        groups.into_iter().filter(|(_, resources)| !resources.is_empty()).collect()
    }

    /// What nobody would guess of them.
    pub(crate) fn notes(&self) -> Vec<String> {
        let fixed = self.buckets.iter().filter(|name| !self.environment.names(name));
        let note = |name: &&str| {
            format!(
                "no variable of [environment] names bucket `{name}`: it is made under just this name, which must be free in \
                 all of AWS"
            )
        };
        fixed.map(note).collect()
    }
}

/// Puts a bucket there with all that belongs to it, as the counter's is rendered.
pub(crate) fn bucket(
    configuration: &mut Value,
    with_bucket: &Value,
    label: &str,
    name: &Value,
    destroy: &Value,
) -> Result<(), ExportError> {
    let (own, document) = (format!("aws_s3_bucket.{label}."), format!("aws_iam_policy_document.{label}_bucket."));
    let labelled = |block: &Value| {
        let mut block = block.clone();
        texts(&mut block, &|text| {
            text.replace("aws_s3_bucket.counter.", &own).replace("aws_iam_policy_document.counter_bucket.", &document)
        });
        block
    };
    let resources = with_bucket["resource"].as_object().into_iter().flatten();
    for (kind, blocks) in resources.filter(|(kind, _)| kind.starts_with("aws_s3_bucket")) {
        insert(configuration, "resource", kind, label, labelled(&blocks["counter"]));
    }
    let policy = labelled(&with_bucket["data"]["aws_iam_policy_document"]["counter_bucket"]);
    insert(configuration, "data", "aws_iam_policy_document", &format!("{label}_bucket"), policy);
    let block = object(configuration, &format!("/resource/aws_s3_bucket/{label}"))?;
    block.remove("bucket_prefix");
    block.extend(name.as_object().cloned().unwrap_or_default());
    block.insert("force_destroy".to_owned(), destroy.clone());
    Ok(())
}
