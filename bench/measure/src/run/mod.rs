//! A run: a folder of records, and `run.json`, which is put together from them. Every figure is measured here unless
//! its field says otherwise. Nothing here measures.
//!
//! The schema (`bench/lab/run.schema.json`) is generated from these types; a test holds the two together.

mod by_probes;
mod check;
mod conditions;
mod demand;
mod environment;
mod exactness;
mod figures;
mod folder;
mod machine;
mod merge;
mod own;
mod plan;
mod read;
mod record;
mod series;
mod shard;
mod summary;
mod upgrade;
mod warning;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use artifact::Description as Artifact;
pub use by_probes::{ByProbes, OneProbe};
pub use conditions::{Conditions, Watch};
pub use demand::Demand;
pub use environment::{Environment, Lab};
pub use exactness::{Exactness, Verdict};
pub use figures::{Figures, RateFigures, calls_per_cpu_second, exactness};
pub use folder::{RunFolder, RunFolderError};
pub use machine::cpu_time;
pub use merge::{MergeError, Merged, Pooled, Relative, ShardRun, merge};
pub use own::{OwnService, Requests, StoreUse};
pub use plan::{AppFolder, FanOut, Plan, Profile, Request, SWEEP, Where};
pub use read::{ReadError, read};
pub use record::{Cost, Outcome, Ran, Record, Series};
pub use series::{
    AtRate, ColdStart, Failures, ForcedColdStarts, Load, MeasuredOnAws, Measurement, Prediction, Ranges, Reports,
    Samples,
};
pub use shard::{INDEX_VARIABLES, Part, Shard};
pub use summary::{Listed, Summary, listed};
pub use warning::Warning;

/// The version of this format: it rises when a reader of the one before would be misled.
///
/// 2: samples carry their status, records carry warnings, and an interval is absent where there are too few samples for
/// one. 3: what is measured is the first of several rounds, and figures are made from all. Versions 1 and 2 are still read,
/// as runs of one round.
pub const SCHEMA_VERSION: u32 = 3;

/// Above this share of failed calls in one way, a run is a failure: k6's documentation sets the same bound,
/// `http_req_failed: ['rate<0.01']` (<https://grafana.com/docs/k6/latest/using-k6/thresholds/>).
pub const FAILED_SHARE_MAX: f64 = 0.01;

/// What is known of a run when it begins, as `begun.json` keeps it: enough to go on with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// Version of this format.
    pub schema_version: u32,
    /// When the run began: RFC 3339, UTC.
    pub started_at: String,
    /// The lab that measures.
    pub lab: Lab,
    /// The machine that it measures on.
    pub environment: Environment,
    /// How it measures.
    pub plan: Plan,
    /// What it measures.
    pub request: Request,
    /// Which part of a larger run it is; absent of a whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// One run of `lab bench`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "lab run")]
pub struct Run {
    /// Version of this format.
    pub schema_version: u32,
    /// When the run began: RFC 3339, UTC.
    pub started_at: String,
    /// How long the run took, builds included and interruptions left out, in seconds.
    pub duration_s: f64,
    /// The lab that measured.
    pub lab: Lab,
    /// The machine that it measured on.
    pub environment: Environment,
    /// How it measured.
    pub plan: Plan,
    /// The service of the user's own that it measured; absent where that was the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Which part of a larger run it is; absent of a whole one, and of one that was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Of a run that was merged from shards: the shards, and each row's figures as multiples of the anchor. `environment` is
    /// then that of the first shard, `started_at` that of the earliest, `duration_s` that of all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
    /// One record for each way, in the order in which they were named.
    pub rows: Vec<Record>,
    /// Ways, or deployments, that were named and not measured in all rounds yet: the run was interrupted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl Run {
    /// Puts a run together from its records, in the order in which they were measured.
    #[must_use]
    pub fn of(begun: &Begun, records: Vec<Record>) -> Self {
        let mut rows: Vec<Record> = Vec::new();
        for record in records {
            match rows.iter().position(|row| row.name() == record.name()) {
                Some(index) => {
                    let before = rows.remove(index);
                    rows.insert(index, before.and(record));
                }
                None => rows.push(record),
            }
        }
        // In the order of the request: Rust is measured first.
        rows.sort_by_key(|row| begun.request.names.iter().position(|name| *name == row.name()));
        let missing = begun.request.missing(&rows, begun.plan.rounds);
        Self {
            schema_version: begun.schema_version,
            started_at: begun.started_at.clone(),
            duration_s: rows.iter().map(|row| row.took_s).sum(),
            lab: begun.lab.clone(),
            environment: begun.environment.clone(),
            plan: begun.plan.clone(),
            app: begun.request.app.as_ref().map(|app| app.name.clone()),
            shard: begun.shard.clone(),
            merged: None,
            rows,
            missing,
        }
    }

    /// The JSON schema of `run.json`.
    #[must_use]
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Run)
    }

    /// Whether it did what it was for: every way that was tried ran, at least one did, none failed more than
    /// [`FAILED_SHARE_MAX`] of its calls, and none is missing.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        let ran = |record: &&Record| matches!(record.outcome, Outcome::Ran(_));
        self.missing.is_empty()
            && self.rows.iter().any(|record| ran(&record))
            && self.rows.iter().all(|record| {
                !matches!(record.outcome, Outcome::Failed { .. }) && record.failed_share() <= FAILED_SHARE_MAX
            })
    }
}
