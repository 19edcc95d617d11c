//! A run in a few words, beside it: so that a list of a thousand runs reads no sample.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::{RECORDS, RUN};
use super::{Environment, Lab, Outcome, Run, read};

/// Its file in the run folder.
pub(super) const SUMMARY: &str = "summary.json";

/// A run in a few words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The length of the `run.json` that it is of, in bytes: of another one it states nothing.
    pub run_bytes: u64,
    /// When the run began: RFC 3339, UTC.
    pub started_at: String,
    /// How long it took, in seconds.
    pub duration_s: f64,
    /// The lab that measured.
    pub lab: Lab,
    /// The machine; of a merged run that of its first shard.
    pub environment: Environment,
    /// Its number and how many there are, of a shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<[u32; 2]>,
    /// How many shards it was merged from, and of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<[u32; 2]>,
    /// Ways, or deployments, that ran.
    pub ran: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that this machine can't run.
    pub not_run: u32,
    /// Those that are not measured in all rounds yet.
    pub missing: u32,
}

/// A run folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// What it has; or why that can't be read, in one line.
    pub summary: Result<Summary, String>,
    /// Whether a lab is writing it.
    pub running: bool,
}

impl Summary {
    pub(super) fn of(run: &Run, run_bytes: u64) -> Self {
        let count = |of: fn(&Outcome) -> bool| run.rows.iter().filter(|row| of(&row.outcome)).count() as u32;
        Self {
            run_bytes,
            started_at: run.started_at.clone(),
            duration_s: run.duration_s,
            lab: run.lab.clone(),
            environment: run.environment.clone(),
            shard: run.shard.as_ref().map(|shard| [shard.index, shard.of]),
            merged: run.merged.as_ref().map(|merged| [merged.shards.len() as u32, merged.of]),
            ran: count(|outcome| matches!(outcome, Outcome::Ran(_))),
            failed: count(|outcome| matches!(outcome, Outcome::Failed { .. })),
            not_run: count(|outcome| matches!(outcome, Outcome::NotRun { .. })),
            missing: run.missing.len() as u32,
        }
    }
}

/// What a folder has, if it is that of a run. The run itself is read only where it has no summary of its own: one that an
/// earlier version wrote, one that goes on or was killed.
#[must_use]
pub fn listed(folder: &Path) -> Option<Listed> {
    let [run, records] = [RUN, RECORDS].map(|file| folder.join(file));
    let run_bytes = fs::metadata(&run).map(|file| file.len()).ok();
    if run_bytes.is_none() && !records.is_file() {
        return None;
    }
    let running =
        File::open(&records).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)));
    let kept = fs::read(folder.join(SUMMARY)).ok().and_then(|text| serde_json::from_slice::<Summary>(&text).ok());
    let summary = match kept.filter(|kept| Some(kept.run_bytes) == run_bytes) {
        Some(summary) => Ok(summary),
        None => match read(folder) {
            Ok(run) => Ok(Summary::of(&run, run_bytes.unwrap_or_default())),
            Err(error) => Err(chain(&error)),
        },
    };
    Some(Listed { summary, running })
}

/// An error and what it came of, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ").replace('\n', " ")
}
