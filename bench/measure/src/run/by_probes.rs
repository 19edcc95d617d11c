//! A load that many probes made together, as a run has it.

use std::collections::BTreeMap;

use load::{Histogram, Tally};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Exactness, Pooled};

/// Calls at a rate, open-loop, by many probes that began at once. Latencies are counted from when each call was due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByProbes {
    /// Calls in a second of all probes together, as requested.
    pub requested_per_second: f64,
    /// Calls in a second that left them: below what was requested where a probe gave up, or fell behind.
    pub offered_per_second: f64,
    /// How long they called, in seconds.
    pub length_s: f64,
    /// From when the first probe began until the last one did, by their own clocks, in milliseconds; absent of one probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_skew_ms: Option<f64>,
    /// Acknowledged calls of all probes, those that opened a connection left out: of the sum of their histograms. Absent where
    /// none was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Pooled>,
    /// That sum: `[nanoseconds, count]` of each bucket of an HdrHistogram of three digits.
    #[schemars(with = "Vec<(u64, u64)>")]
    pub histogram: Histogram,
    /// Calls by their status, those that opened a connection included.
    #[serde(deserialize_with = "by_status")]
    pub statuses: BTreeMap<u16, u64>,
    /// Calls that were not answered.
    pub unanswered: u64,
    /// The counter's account of these calls.
    pub exactness: Exactness,
    /// The probes, in their order.
    pub probes: Vec<OneProbe>,
}

/// A map of JSON's has texts for keys. serde reads them as numbers where JSON is read at once, but not where it comes by way
/// of a tagged enum, as a record's outcome does.
fn by_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u16, u64>, D::Error> {
    let texts = BTreeMap::<String, u64>::deserialize(deserializer)?;
    texts.into_iter().map(|(status, calls)| Ok((status.parse().map_err(D::Error::custom)?, calls))).collect()
}

/// A probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneProbe {
    /// Why it made no load: it was late, or broke. All else is absent then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave_up: Option<String>,
    /// How long after its time it began, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<f64>,
    /// Calls in a second that left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_per_second: Option<f64>,
    /// Processors that it kept busy, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<f64>,
    /// Processors that it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores_max: Option<f64>,
    /// Files that it had open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_files: Option<u32>,
    /// Files that it could have open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_files_max: Option<u64>,
    /// What of it was used up, in words: its latencies may be its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_up: Vec<String>,
}

/// A probe that fell behind by more than this share of its rate, although nothing of it is known to be used up.
const BEHIND: f64 = 0.02;

impl ByProbes {
    /// What probes came to that called at a rate together, each with its tally, or why it has none.
    #[must_use]
    pub fn of(
        requested_per_second: f64,
        length_s: f64,
        tallies: &[Result<Tally, String>],
        exactness: Exactness,
    ) -> Self {
        let (mut histogram, mut statuses, mut unanswered) = (Histogram::default(), BTreeMap::new(), 0);
        for tally in tallies.iter().flatten() {
            histogram.merge(&tally.latencies);
            unanswered += tally.unanswered;
            for (status, count) in &tally.statuses {
                *statuses.entry(*status).or_default() += count;
            }
        }
        let late = || tallies.iter().flatten().map(|tally| tally.pace.late_ms);
        let (first, last) = (late().fold(f64::INFINITY, f64::min), late().fold(0.0, f64::max));
        let each_per_second = requested_per_second / tallies.len().max(1) as f64;
        Self {
            requested_per_second,
            offered_per_second: tallies.iter().flatten().map(|tally| tally.offered_per_second(length_s)).sum(),
            length_s,
            start_skew_ms: (late().count() > 1).then_some(last - first),
            latency: Pooled::in_histogram(&histogram),
            histogram,
            statuses,
            unanswered,
            exactness,
            probes: tallies.iter().map(|tally| OneProbe::of(tally.as_ref(), length_s, each_per_second)).collect(),
        }
    }
}

impl ByProbes {
    /// The calls of several such loads together: of the sum of their histograms; nothing of none.
    #[must_use]
    pub fn all_calls<'a>(loads: impl Iterator<Item = &'a Self>) -> Option<Pooled> {
        let mut all = Histogram::default();
        loads.for_each(|load| all.merge(&load.histogram));
        Pooled::in_histogram(&all)
    }
}

impl OneProbe {
    fn of(tally: Result<&Tally, &String>, length_s: f64, requested_per_second: f64) -> Self {
        let tally = match tally {
            Ok(tally) => tally,
            Err(reason) => return Self { gave_up: Some(reason.clone()), ..Self::nothing() },
        };
        let offered_per_second = tally.offered_per_second(length_s);
        let mut used_up = tally.used_up();
        if used_up.is_empty() && offered_per_second < (1.0 - BEHIND) * requested_per_second {
            used_up.push(format!("{offered_per_second:.0} of {requested_per_second:.0} calls/s left it"));
        }
        Self {
            late_ms: Some(tally.pace.late_ms),
            offered_per_second: Some(offered_per_second),
            cores: tally.generator.cores,
            cores_max: Some(tally.generator.cores_max),
            open_files: tally.pace.open_files,
            open_files_max: tally.generator.files_max,
            used_up,
            ..Self::nothing()
        }
    }

    fn nothing() -> Self {
        Self {
            gave_up: None,
            late_ms: None,
            offered_per_second: None,
            cores: None,
            cores_max: None,
            open_files: None,
            open_files_max: None,
            used_up: Vec::new(),
        }
    }
}
