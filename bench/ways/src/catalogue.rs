//! The catalogue: the rows shown by default, with what the original study published of them.

use serde::{Deserialize, Serialize};

use crate::name::Way;

/// One row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What is deployed.
    pub way: Way,
    /// The same at the size that the original study had.
    pub studys: Way,
    /// What the original study published of it; absent where the row is ours.
    pub published: Option<Published>,
}

/// The original study's published figures (teticio/latency, in the default region, 2021-12).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Average latency of 1,000 sequential calls over one connection, in milliseconds.
    pub average_ms: f64,
    /// Cost in US dollars of a month without calls, balancer excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_month: Option<f64>,
    /// Cost in US dollars of a million calls, network and free tier excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd_per_million_calls: Option<f64>,
}

impl CatalogueEntry {
    pub(crate) fn row(&self) -> Row {
        let way: Way = self.way.parse().expect("the catalogue names valid ways: a test reads it");
        let studys = self.studys_size.as_deref().map_or(Ok(way), |size| way.at_size(size));
        Row {
            way,
            studys: studys.expect("the catalogue names valid sizes: a test reads it"),
            published: self.published,
        }
    }
}

/// A row as it is written.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CatalogueEntry {
    pub(crate) way: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) studys_size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<Published>,
}
