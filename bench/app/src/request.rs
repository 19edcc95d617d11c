//! One kind of request of the mix, and what it may be answered.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::template::Template;

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// How often it is made beside the others: of two with weights 9 and 1 the first is nine calls of ten.
    #[serde(default = "one", deserialize_with = "weight")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub weight: u32,
    /// Its method.
    #[serde(default)]
    pub method: Method,
    /// Its path and query.
    #[serde(deserialize_with = "path")]
    pub path: Template,
    /// Its headers beside `Host` and `Content-Length`.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// Its body.
    #[serde(default)]
    pub body: Option<Template>,
    /// The statuses that it may be answered: any other one is a failure.
    #[serde(default)]
    pub expect: Expected,
}

/// Methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "each is HTTP's word for itself")]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// As a request line has it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

/// Statuses that an answer may have: those that are listed, or 200 to 299.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected(Vec<u16>);

impl Expected {
    /// Those that are listed; empty where any from 200 to 299 is right.
    #[must_use]
    pub fn listed(&self) -> &[u16] {
        &self.0
    }

    /// Whether an answer may have it.
    #[must_use]
    pub fn has(&self, status: u16) -> bool {
        if self.0.is_empty() { (200..300).contains(&status) } else { self.0.contains(&status) }
    }
}

fn one() -> u32 {
    1
}

fn weight<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let weight = u32::deserialize(deserializer)?;
    if (1..=1_000_000).contains(&weight) {
        Ok(weight)
    } else {
        Err(de::Error::custom("a weight is a whole number from 1 to 1000000"))
    }
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Template, D::Error> {
    let path = Template::deserialize(deserializer)?;
    let fits = path.pieces().iter().all(|piece| match piece {
        crate::Piece::Text(text) => !text.contains(|c: char| c.is_whitespace() || c.is_control()),
        _ => true,
    });
    if path.beginning().starts_with('/') && fits {
        Ok(path)
    } else {
        Err(de::Error::custom("a path begins with `/` and has no blanks: write `%20`"))
    }
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExpectedVisitor)
    }
}

struct ExpectedVisitor;

impl ExpectedVisitor {
    fn status<E: de::Error>(status: i64) -> Result<u16, E> {
        let valid = u16::try_from(status).ok().filter(|status| (200..600).contains(status));
        valid.ok_or_else(|| E::custom("a status is a number from 200 to 599"))
    }
}

impl<'de> Visitor<'de> for ExpectedVisitor {
    type Value = Expected;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a status, or a list of them")
    }

    fn visit_i64<E: de::Error>(self, status: i64) -> Result<Expected, E> {
        Ok(Expected(vec![Self::status(status)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Expected, A::Error> {
        let mut statuses = Vec::new();
        while let Some(status) = list.next_element()? {
            statuses.push(Self::status(status)?);
        }
        Ok(Expected(statuses))
    }
}

impl JsonSchema for Expected {
    fn schema_name() -> Cow<'static, str> {
        "Expected".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let status = json_schema!({ "type": "integer", "minimum": 200, "maximum": 599 });
        json_schema!({
            "description": "Statuses that an answer may have; 200 to 299 unless given.",
            "anyOf": [status, { "type": "array", "items": status }]
        })
    }
}
