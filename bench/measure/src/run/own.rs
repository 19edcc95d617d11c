//! What a service of the user's own took of the stores, and whether it was right.

use std::collections::BTreeMap;

use model::CallsOf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ways::Store;

/// A service of the user's own in a round: there is no counter whose account could be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnService {
    /// Calls that were answered as expected.
    pub expected: u64,
    /// Calls that were answered otherwise, or not at all.
    pub failed: u64,
    /// What its own command found, once it was measured; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// What that command printed last, where it found something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// What a call took of the stores.
    pub stores: StoreUse,
    /// Bytes of an answer's body, on average.
    pub body_bytes: f64,
}

/// What calls took of the stores, by the requests that these got in the local cloud: for each call, on average.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreUse {
    /// Requests of each store.
    #[schemars(with = "BTreeMap<String, Requests>")]
    pub requests: BTreeMap<Store, Requests>,
    /// DynamoDB's write request units.
    pub write_units: f64,
    /// DynamoDB's read request units.
    pub read_units: f64,
    /// S3's requests of the first class: PUT, COPY, POST, LIST.
    pub s3_puts: f64,
    /// S3's requests of the second class: GET and others.
    pub s3_gets: f64,
}

/// Requests for each call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// Those that read.
    pub reads: f64,
    /// Those that write.
    pub writes: f64,
}

impl OwnService {
    /// Calls that failed, and calls made in all.
    #[must_use]
    pub fn failed_calls(&self) -> (u64, u64) {
        (self.failed, self.failed.saturating_add(self.expected))
    }
}

impl StoreUse {
    /// For each of so many calls.
    #[must_use]
    pub fn of(metered: cloud::Metered, calls: u64) -> Self {
        let each = |count: f64| if calls == 0 { 0.0 } else { count / calls as f64 };
        let requests = metered
            .calls()
            .map(|(store, reads, writes)| (store, Requests { reads: each(reads as f64), writes: each(writes as f64) }));
        Self {
            requests: requests.into_iter().filter(|(_, it)| it.reads + it.writes > 0.0).collect(),
            write_units: each(metered.write_units),
            read_units: each(metered.read_units),
            s3_puts: each(metered.s3_puts as f64),
            s3_gets: each(metered.s3_gets as f64),
        }
    }

    /// As a prediction takes it.
    #[must_use]
    pub fn calls(&self) -> [CallsOf; 2] {
        cloud::Metered::default().calls().map(|(store, ..)| {
            let requests = self.requests.get(&store).copied().unwrap_or_default();
            CallsOf { store, reads: requests.reads, writes: requests.writes }
        })
    }
}
