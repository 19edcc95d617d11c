//! What the service keeps in AWS's stores, made before it starts.

use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value, json};

/// A DynamoDB table, paid per request.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    #[serde(deserialize_with = "table_name")]
    pub name: String,
    /// Its partition key: `id:S`, a name and a type.
    pub partition_key: Attribute,
    /// Its sort key.
    #[serde(default)]
    pub sort_key: Option<Attribute>,
    /// Its global secondary indexes.
    #[serde(default, rename = "index")]
    pub indexes: Vec<Index>,
    /// The attribute with the time, in seconds of Unix, at which an item expires.
    #[serde(default)]
    pub ttl: Option<String>,
    /// A JSON file with the items that are there from the start: a list of objects.
    #[serde(default)]
    pub seed: Option<PathBuf>,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Its name.
    #[serde(deserialize_with = "table_name")]
    pub name: String,
    /// Its partition key.
    pub partition_key: Attribute,
    /// Its sort key.
    #[serde(default)]
    pub sort_key: Option<Attribute>,
    /// What of an item it has.
    #[serde(default)]
    pub projection: Projection,
}

/// What of an item an index has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// All of it.
    #[default]
    All,
    /// The keys.
    KeysOnly,
}

/// An attribute of a key: `NAME:S`, `NAME:N` or `NAME:B`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: AttributeType,
}

/// Types that a key may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum AttributeType {
    /// A text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

/// An S3 bucket.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    #[serde(deserialize_with = "bucket_name")]
    pub name: String,
    /// A folder whose files are objects from the start, each under its path in it.
    #[serde(default)]
    pub seed: Option<PathBuf>,
}

impl Table {
    /// The attributes of all its keys, each once.
    #[must_use]
    pub fn attributes(&self) -> Vec<&Attribute> {
        let of_indexes = self.indexes.iter().flat_map(|it| [Some(&it.partition_key), it.sort_key.as_ref()]);
        let of_keys = [Some(&self.partition_key), self.sort_key.as_ref()].into_iter().chain(of_indexes).flatten();
        let mut attributes: Vec<&Attribute> = Vec::new();
        for attribute in of_keys {
            if attributes.iter().all(|it| it.name != attribute.name) {
                attributes.push(attribute);
            }
        }
        attributes
    }

    /// The body of the `CreateTable` that makes it.
    ///
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>
    #[must_use]
    pub fn create_request(&self) -> Value {
        let attributes = self.attributes();
        let definition = |it: &&Attribute| json!({ "AttributeName": it.name, "AttributeType": it.kind });
        let definitions: Vec<_> = attributes.iter().map(definition).collect();
        let mut request = json!({
            "TableName": self.name,
            "AttributeDefinitions": definitions,
            "KeySchema": key(&self.partition_key, self.sort_key.as_ref()),
            "BillingMode": "PAY_PER_REQUEST",
        });
        if !self.indexes.is_empty() {
            let indexes: Vec<_> = self.indexes.iter().map(Index::description).collect();
            request["GlobalSecondaryIndexes"] = indexes.into();
        }
        request
    }
}

impl Index {
    fn description(&self) -> Value {
        let projection = match self.projection {
            Projection::All => "ALL",
            Projection::KeysOnly => "KEYS_ONLY",
        };
        json!({
            "IndexName": self.name,
            "KeySchema": key(&self.partition_key, self.sort_key.as_ref()),
            "Projection": { "ProjectionType": projection },
        })
    }
}

fn key(partition: &Attribute, sort: Option<&Attribute>) -> Vec<Value> {
    let partition = json!({ "AttributeName": partition.name, "KeyType": "HASH" });
    let sort = sort.map(|it| json!({ "AttributeName": it.name, "KeyType": "RANGE" }));
    [Some(partition), sort].into_iter().flatten().collect()
}

/// A plain JSON value in DynamoDB's form: `{"n": 1}` becomes `{"M": {"n": {"N": "1"}}}`.
#[must_use]
pub fn marshalled(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(it) => json!({ "BOOL": it }),
        Value::Number(it) => json!({ "N": it.to_string() }),
        Value::String(it) => json!({ "S": it }),
        Value::Array(it) => json!({ "L": it.iter().map(marshalled).collect::<Vec<_>>() }),
        Value::Object(it) => {
            json!({ "M": it.iter().map(|(name, value)| (name.clone(), marshalled(value))).collect::<Map<_, _>>() })
        }
    }
}

impl FromStr for Attribute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let kind = |word: &str| match word {
            "S" => Some(AttributeType::S),
            "N" => Some(AttributeType::N),
            "B" => Some(AttributeType::B),
            _ => None,
        };
        let parts = text.rsplit_once(':').and_then(|(name, word)| Some((name.trim(), kind(word.trim())?)));
        match parts {
            Some((name, kind)) if !name.is_empty() => Ok(Self { name: name.to_owned(), kind }),
            _ => Err(format!("`{text}` is no key: write its name and its type, `id:S`, `id:N` or `id:B`")),
        }
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Attribute {
    fn schema_name() -> Cow<'static, str> {
        "Attribute".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^.+:[SNB]$", "description": "A name and a type: `id:S`, `at:N`, `hash:B`." })
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn table_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || ['.', '-', '_'].contains(&c);
    if (3..=255).contains(&name.len()) && name.chars().all(fits) {
        Ok(name)
    } else {
        Err(de::Error::custom(format!(
            "`{name}` is no name in DynamoDB: 3 to 255 letters, digits, dots, hyphens and underscores"
        )))
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn bucket_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ['.', '-'].contains(&c);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let (first, last) = (name.chars().next(), name.chars().last());
    if (3..=63).contains(&name.len()) && name.chars().all(fits) && ends(first) && ends(last) {
        Ok(name)
    } else {
        Err(de::Error::custom(format!(
            "`{name}` is no bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends"
        )))
    }
}
