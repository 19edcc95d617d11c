//! The scenarios of `bench/clients` through AWS's SDK for Rust, as it comes.

use std::collections::HashMap;
use std::error::Error;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types as tables;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types as files;
use aws_smithy_http_client::Builder;
use serde_json::{Value, json};
use tables::AttributeValue::{N, S};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Client {
    name: String,
    files: aws_sdk_s3::Client,
    tables: aws_sdk_dynamodb::Client,
}

/// A service's refusal, by its code; anything else is an error of its own.
macro_rules! refusable {
    ($call:expr) => {
        match $call.send().await {
            Ok(answer) => answer,
            Err(error) => return refused(error),
        }
    };
}

fn refused<E: ProvideErrorMetadata + Error + 'static, R: std::fmt::Debug + 'static>(
    error: SdkError<E, R>,
) -> Result<Value> {
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(code) => Ok(json!({ "error": code })),
        None => Err(Box::new(error)),
    }
}

fn text<'a>(step: &'a Value, field: &str) -> &'a str {
    step[field].as_str().unwrap_or_default()
}

fn optional(step: &Value, field: &str) -> Option<String> {
    step[field].as_str().map(str::to_owned)
}

fn list<'a>(step: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    step[field].as_array().into_iter().flatten()
}

fn key(step: &Value, sort: &Value) -> HashMap<String, tables::AttributeValue> {
    let sort = sort.as_str().unwrap_or_default();
    HashMap::from([("p".into(), S(text(step, "partition").into())), ("s".into(), S(sort.into()))])
}

fn item(step: &Value, sort: &Value) -> HashMap<String, tables::AttributeValue> {
    let mut item = key(step, sort);
    item.insert("n".into(), N(step["value"].to_string()));
    item
}

fn number(item: &HashMap<String, tables::AttributeValue>) -> Value {
    item.get("n").and_then(|value| value.as_n().ok()).and_then(|value| value.parse::<i64>().ok()).into()
}

impl Client {
    async fn run(&self, step: &Value) -> Result<Value> {
        match text(step, "do") {
            operation if operation.starts_with("s3.") => self.file(operation, step).await,
            operation => self.table(operation, step).await,
        }
    }

    async fn file(&self, operation: &str, step: &Value) -> Result<Value> {
        let (bucket, key) = (&self.name, text(step, "key"));
        match operation {
            "s3.create_bucket" => {
                let place = files::BucketLocationConstraint::from(std::env::var("AWS_REGION")?.as_str());
                let place = files::CreateBucketConfiguration::builder().location_constraint(place).build();
                refusable!(self.files.create_bucket().bucket(bucket).create_bucket_configuration(place));
                Ok(json!({}))
            }
            "s3.put" => {
                let put = self.files.put_object().bucket(bucket).key(key);
                let metadata = step.get("metadata").cloned().map(serde_json::from_value).transpose()?;
                let put = put.set_content_type(optional(step, "content_type")).set_metadata(metadata);
                let put =
                    put.set_if_match(optional(step, "if_match")).set_if_none_match(optional(step, "if_none_match"));
                let answer = refusable!(put.body(ByteStream::from(text(step, "body").as_bytes().to_vec())));
                Ok(json!({ "etag": answer.e_tag().unwrap_or_default().trim_matches('"') }))
            }
            "s3.stream" => {
                let file = tempfile::NamedTempFile::new()?;
                std::fs::write(file.path(), vec![b'x'; usize::try_from(step["size"].as_u64().unwrap_or_default())?])?;
                let bucket = optional(step, "bucket").unwrap_or_else(|| bucket.clone());
                let body = ByteStream::from_path(file.path()).await?;
                refusable!(self.files.put_object().bucket(bucket).key(key).body(body));
                Ok(json!({}))
            }
            "s3.get" => {
                let get = self.files.get_object().bucket(bucket).key(key).set_range(optional(step, "range"));
                let answer = refusable!(get);
                let described = json!({
                    "content_type": answer.content_type(),
                    "content_encoding": answer.content_encoding(),
                    "metadata": answer.metadata(),
                });
                let mut described = described;
                described["body"] = String::from_utf8(answer.body.collect().await?.to_vec())?.into();
                Ok(described)
            }
            "s3.head" => {
                let answer = refusable!(self.files.head_object().bucket(bucket).key(key));
                Ok(json!({ "size": answer.content_length(), "content_encoding": answer.content_encoding() }))
            }
            "s3.copy" => {
                let source = format!("{bucket}/{}", text(step, "from"));
                refusable!(self.files.copy_object().bucket(bucket).key(key).copy_source(source));
                Ok(json!({}))
            }
            "s3.multipart" => self.multipart(key, step).await,
            "s3.list" => self.list(step).await,
            "s3.delete" => {
                let wanted = list(step, "keys")
                    .map(|key| files::ObjectIdentifier::builder().key(key.as_str().unwrap_or_default()).build());
                let wanted = wanted.collect::<std::result::Result<Vec<_>, _>>()?;
                let delete = files::Delete::builder().set_objects(Some(wanted)).build()?;
                let answer = refusable!(self.files.delete_objects().bucket(bucket).delete(delete));
                Ok(json!({ "deleted": answer.deleted().len() }))
            }
            _ => Ok(json!({ "lacks": true })),
        }
    }

    async fn multipart(&self, key: &str, step: &Value) -> Result<Value> {
        let bucket = &self.name;
        let upload = refusable!(self.files.create_multipart_upload().bucket(bucket).key(key));
        let id = upload.upload_id().unwrap_or_default();
        let mut parts = Vec::new();
        for (number, size) in (1..).zip(list(step, "sizes")) {
            let body = ByteStream::from(vec![b'x'; usize::try_from(size.as_u64().unwrap_or_default())?]);
            let send = self.files.upload_part().bucket(bucket).key(key).upload_id(id).part_number(number).body(body);
            let sent = refusable!(send);
            let part = files::CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
            parts.push(part.set_checksum_crc32(sent.checksum_crc32).build());
        }
        let parts = files::CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.files.complete_multipart_upload().bucket(bucket).key(key).upload_id(id);
        let done = refusable!(complete.multipart_upload(parts));
        let count = done.e_tag().and_then(|tag| tag.trim_matches('"').rsplit_once('-')).map(|(_, count)| count);
        Ok(json!({ "parts": count.and_then(|count| count.parse::<u32>().ok()) }))
    }

    async fn list(&self, step: &Value) -> Result<Value> {
        let (mut keys, mut prefixes) = (Vec::new(), Vec::new());
        let list = self.files.list_objects_v2().bucket(&self.name).prefix(text(step, "prefix"));
        let list = list.set_delimiter(optional(step, "delimiter"));
        let size = step["page"].as_i64().and_then(|size| i32::try_from(size).ok());
        let mut pages = list.set_max_keys(size).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => return refused(error),
            };
            keys.extend(page.contents().iter().filter_map(|entry| entry.key().map(str::to_owned)));
            prefixes.extend(page.common_prefixes().iter().filter_map(|entry| entry.prefix().map(str::to_owned)));
        }
        Ok(json!({ "keys": keys, "prefixes": prefixes }))
    }

    async fn table(&self, operation: &str, step: &Value) -> Result<Value> {
        let (name, sort) = (&self.name, &step["sort"]);
        let absent = "attribute_not_exists(p)";
        match operation {
            "dynamodb.create_table" => self.create_table().await,
            "dynamodb.put" | "dynamodb.put_new" => {
                let condition = (operation == "dynamodb.put_new").then(|| absent.to_owned());
                let put = self.tables.put_item().table_name(name).set_item(Some(item(step, sort)));
                refusable!(put.set_condition_expression(condition));
                Ok(json!({}))
            }
            "dynamodb.get" => {
                let get = self.tables.get_item().table_name(name).set_key(Some(key(step, sort))).consistent_read(true);
                let answer = refusable!(get);
                Ok(json!({ "value": answer.item().map(number) }))
            }
            "dynamodb.add" => {
                let update = self.tables.update_item().table_name(name).set_key(Some(key(step, sort)));
                let update = update.update_expression("ADD n :n").return_values(tables::ReturnValue::UpdatedNew);
                let answer = refusable!(update.expression_attribute_values(":n", N(step["value"].to_string())));
                Ok(json!({ "value": answer.attributes().map(number) }))
            }
            "dynamodb.batch" => {
                let puts = list(step, "sorts").map(|sort| {
                    let put = tables::PutRequest::builder().set_item(Some(item(step, sort))).build()?;
                    Ok(tables::WriteRequest::builder().put_request(put).build())
                });
                let puts = puts.collect::<Result<Vec<_>>>()?;
                refusable!(self.tables.batch_write_item().request_items(name, puts));
                Ok(json!({}))
            }
            "dynamodb.transact" => {
                let puts = list(step, "sorts").map(|sort| {
                    let put = tables::Put::builder().table_name(name).set_item(Some(item(step, sort)));
                    let put = put.condition_expression(absent).build()?;
                    Ok(tables::TransactWriteItem::builder().put(put).build())
                });
                let puts = puts.collect::<Result<Vec<_>>>()?;
                refusable!(self.tables.transact_write_items().set_transact_items(Some(puts)));
                Ok(json!({}))
            }
            "dynamodb.query" => {
                let query = self.tables.query().table_name(name).key_condition_expression("p = :p");
                let query = query.expression_attribute_values(":p", S(text(step, "partition").into()));
                let size = step["page"].as_i64().and_then(|size| i32::try_from(size).ok());
                let mut pages = query.set_limit(size).into_paginator().send();
                let mut sorts = Vec::new();
                while let Some(page) = pages.next().await {
                    let page = match page {
                        Ok(page) => page,
                        Err(error) => return refused(error),
                    };
                    sorts.extend(page.items().iter().filter_map(|item| item["s"].as_s().ok().cloned()));
                }
                Ok(json!({ "sorts": sorts }))
            }
            _ => Ok(json!({ "lacks": true })),
        }
    }

    async fn create_table(&self) -> Result<Value> {
        let mut create = self.tables.create_table().table_name(&self.name);
        create = create.billing_mode(tables::BillingMode::PayPerRequest);
        for (name, kind) in [("p", tables::KeyType::Hash), ("s", tables::KeyType::Range)] {
            let attribute = tables::AttributeDefinition::builder().attribute_name(name);
            create = create
                .attribute_definitions(attribute.attribute_type(tables::ScalarAttributeType::S).build()?)
                .key_schema(tables::KeySchemaElement::builder().attribute_name(name).key_type(kind).build()?);
        }
        refusable!(create);
        Ok(json!({}))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let variable = |name: &str| std::env::var(name);
    let (key, secret) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
    let credentials = Credentials::new(key, secret, None, None, "environment");
    // Without TLS, which nothing here needs; else as the SDK comes.
    let http = Builder::new().build_http();
    let s3 = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_s3::config::Region::new(variable("AWS_REGION")?))
        .credentials_provider(credentials.clone())
        .endpoint_url(variable("AWS_ENDPOINT_URL_S3")?)
        .http_client(http.clone())
        .build();
    let dynamodb = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_dynamodb::config::Region::new(variable("AWS_REGION")?))
        .credentials_provider(credentials)
        .endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB")?)
        .http_client(http)
        .build();
    let client = Client {
        name: variable("CLIENT_NAME")?,
        files: aws_sdk_s3::Client::from_conf(s3),
        tables: aws_sdk_dynamodb::Client::from_conf(dynamodb),
    };
    let path = std::env::args().nth(1).ok_or("usage: client SCENARIOS.json")?;
    let table: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    for step in list(&table, "scenarios").flat_map(|scenario| list(scenario, "steps")) {
        let result = client.run(step).await.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        println!("{}", json!({ "result": result }));
    }
    Ok(())
}
