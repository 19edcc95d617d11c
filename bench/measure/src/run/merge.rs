//! Puts the shards of a run together. Figures of several machines are compared by what both measured, the anchor: each row's
//! figures become multiples of the anchor's in the same shard, round by round. Where the anchors themselves differ, or the
//! shards are not parts of one run, nothing is merged. Percentiles over shards are those of all raw samples, never averages.

use std::time::Duration;

use load::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Environment, Figures, Measurement, Outcome, Ran, Record, Run, Series};
use crate::stats::{Figure, apart, milliseconds};

/// The shards that a run was merged from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Merged {
    /// The row that every shard measured.
    pub anchor: String,
    /// How many shards the run has; those that are not in `shards` were not merged.
    pub of: u32,
    /// The shards, by their number.
    pub shards: Vec<ShardRun>,
    /// The figures of each row that ran, in the order of the rows.
    pub relative: Vec<Relative>,
}

/// A shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShardRun {
    /// Its number, from 1.
    pub index: u32,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// How long it took, in seconds.
    pub duration_s: f64,
    /// The machine that it was measured on.
    pub environment: Environment,
}

/// A row's figures as multiples of the anchor's in the same shard, each from the ratios round by round; the anchor's own are 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relative {
    /// The row.
    pub name: String,
    /// Its shard; absent of the anchor, which is in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<u32>,
    /// The medians of the cold starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_start: Option<Figure>,
    /// The means of the latency runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Figure>,
    /// Their medians.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<Figure>,
    /// Their 99th percentiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<Figure>,
    /// The rates of the concurrency runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_second: Option<Figure>,
    /// All calls of its latency runs together; absent where nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_calls: Option<Pooled>,
}

/// The latencies of all calls of several runs together, those that opened a connection left out: from their raw samples, counted
/// in an HdrHistogram of three digits. Milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pooled {
    /// How many there are.
    pub count: u64,
    /// Their median.
    pub p50_ms: f64,
    /// Their 90th percentile.
    pub p90_ms: f64,
    /// Their 99th percentile.
    pub p99_ms: f64,
}

/// Runs that can't be merged. Each is named by the caller's word for it.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum MergeError {
    /// One run alone.
    #[error("name two shards of a run at least")]
    One,
    /// A run that is no shard.
    #[error("{0} is no shard of a run: `lab bench --anchor WAY --shard 1/2` makes one")]
    NoShard(String),
    /// Shards of two runs.
    #[error("{one} and {other} are not shards of one run: {what} differs ({of_one}; {of_other})")]
    OtherRun {
        /// The first run.
        one: String,
        /// The other.
        other: String,
        /// In what they differ.
        what: &'static str,
        /// What it is in the first.
        of_one: String,
        /// What it is in the other.
        of_other: String,
    },
    /// A shard that was named twice.
    #[error("{one} and {other} are both shard {index}: name one of them")]
    Twice {
        /// The first run.
        one: String,
        /// The other.
        other: String,
        /// Their number.
        index: u32,
    },
    /// A shard whose anchor has no figures to compare.
    #[error("{run}: its anchor {anchor} {why}")]
    NoAnchor {
        /// The run.
        run: String,
        /// The anchor.
        anchor: String,
        /// Why not, and what to do.
        why: String,
    },
    /// Machines that differ.
    #[error(
        "the anchor {anchor} differs between {one} and {other}, {figures}: machines of one kind, \
         or quieter ones, can be merged; these are to be reported apart"
    )]
    Anchors {
        /// The anchor.
        anchor: String,
        /// The first run.
        one: String,
        /// The other.
        other: String,
        /// The figure, what it is in each, with its interval, and how far they are apart.
        figures: String,
    },
}

/// One of the figures.
type OneOf = fn(&Figures) -> Option<&Figure>;

/// What anchors are compared by: how long a call takes, and how much the machine does at once. A round's mean, and not its
/// median, which may jump between two groups of calls (docs/measuring.md).
const COMPARED: [(&str, &str, OneOf); 2] =
    [("mean", " ms", |it| it.mean_ms.as_ref()), ("rate", " calls/s", |it| it.calls_per_second.as_ref())];

/// Merges shards, each with the caller's word for it.
///
/// # Errors
/// When they are not shards of one run, or their anchors differ beyond their intervals.
pub fn merge(mut runs: Vec<(String, Run)>) -> Result<Run, MergeError> {
    if runs.len() < 2 {
        return Err(MergeError::One);
    }
    if let Some((name, _)) = runs.iter().find(|(_, run)| run.shard.is_none()) {
        return Err(MergeError::NoShard(name.clone()));
    }
    runs.sort_by_key(|(_, run)| run.shard.as_ref().map(|shard| shard.index));
    for pair in runs.windows(2) {
        of_one_run(&pair[0], &pair[1])?;
    }
    let Some(shard) = runs[0].1.shard.clone() else { return Err(MergeError::One) };
    let anchors = runs.iter().map(|(name, run)| anchor(name, run, &shard.anchor)).collect::<Result<Vec<_>, _>>()?;
    compare(&runs, &anchors, &shard.anchor)?;
    let shards = runs.iter().map(|(_, run)| ShardRun {
        index: run.shard.as_ref().map_or(0, |shard| shard.index),
        started_at: run.started_at.clone(),
        duration_s: run.duration_s,
        environment: run.environment.clone(),
    });
    let shards: Vec<_> = shards.collect();
    let relative = relative(&runs, &anchors, &shard.anchor);
    Ok(put_together(runs, Merged { anchor: shard.anchor, of: shard.of, shards, relative }))
}

/// Whether two runs are parts of one: their plans, labs and anchors are the same, their numbers are not.
fn of_one_run((one, a): &(String, Run), (other, b): &(String, Run)) -> Result<(), MergeError> {
    let (Some(first), Some(second)) = (&a.shard, &b.shard) else { return Ok(()) };
    let lab = |run: &Run| {
        let commit = run.lab.commit.as_deref().unwrap_or("no commit");
        format!("{} at {commit}, oha {}", run.lab.version, run.lab.oha_version)
    };
    let plan = |run: &Run| serde_json::to_string(&run.plan).unwrap_or_default();
    for (what, of_one, of_other) in [
        ("the number of shards", first.of.to_string(), second.of.to_string()),
        ("the anchor", first.anchor.clone(), second.anchor.clone()),
        ("the lab", lab(a), lab(b)),
        ("the plan", plan(a), plan(b)),
    ] {
        if of_one != of_other {
            return Err(MergeError::OtherRun { one: one.clone(), other: other.clone(), what, of_one, of_other });
        }
    }
    if first.index == second.index {
        return Err(MergeError::Twice { one: one.clone(), other: other.clone(), index: first.index });
    }
    Ok(())
}

/// The anchor's row of a shard.
fn anchor<'a>(name: &str, run: &'a Run, anchor: &str) -> Result<&'a Record, MergeError> {
    let without = |why: String| MergeError::NoAnchor { run: name.to_owned(), anchor: anchor.to_owned(), why };
    let row = run.rows.iter().find(|row| row.name() == anchor);
    let row = row.ok_or_else(|| without("was not measured: go on with it by `lab bench --resume`".to_owned()))?;
    match &row.outcome {
        Outcome::Failed { reason } | Outcome::NotRun { reason } => Err(without(format!("did not run: {reason}"))),
        Outcome::Ran(ran) => {
            let measured = ran.measured().len();
            if measured == 1 {
                return Err(without("has one round, which carries no interval: measure with two at least".to_owned()));
            }
            if measured == 0 && row.predicted().is_none() {
                return Err(without("was neither measured nor predicted".to_owned()));
            }
            Ok(row)
        }
    }
}

/// Refuses anchors that differ beyond their intervals; of predictions, whose ranges have nothing in common.
fn compare(runs: &[(String, Run)], anchors: &[&Record], anchor: &str) -> Result<(), MergeError> {
    let refused = |[a, b]: [usize; 2], figures| {
        let (one, other) = (runs[a].0.clone(), runs[b].0.clone());
        Err(MergeError::Anchors { anchor: anchor.to_owned(), one, other, figures })
    };
    let all: Vec<_> = anchors.iter().map(|row| row.figures()).collect();
    for (figure, unit, of) in COMPARED {
        let figures: Vec<&Figure> = all.iter().flatten().filter_map(of).collect();
        if figures.len() == anchors.len()
            && let Some(found) = apart(&figures, COMPARED.len() as u32)
        {
            let text = |index: usize| {
                let Figure { value, ci95, .. } = figures[index];
                let interval = ci95.map(|[low, high]| format!(" [{low:.3}–{high:.3}]")).unwrap_or_default();
                format!("{value:.3}{interval}{unit}")
            };
            let ([a, b], [low, high]) = (found.pair, found.ratio);
            let figures = format!("{figure} {} and {} ({low:.2} to {high:.2} times as much)", text(a), text(b));
            return refused([a, b], figures);
        }
    }
    let ranges: Vec<_> = anchors.iter().map(|row| row.predicted().and_then(|it| it.ranges)).collect();
    for (b, range) in ranges.iter().enumerate() {
        for (a, other) in ranges[..b].iter().enumerate() {
            if let (Some(one), Some(other)) = (other, range)
                && (one.mean_ms[0] > other.mean_ms[1] || other.mean_ms[0] > one.mean_ms[1])
            {
                let text = |[low, high]: [f64; 2]| format!("[{low:.3}–{high:.3}] ms");
                return refused([a, b], format!("predicted mean {} and {}", text(one.mean_ms), text(other.mean_ms)));
            }
        }
    }
    Ok(())
}

/// The figures of the rows as multiples: the anchor's first, then each shard's others.
fn relative(runs: &[(String, Run)], anchors: &[&Record], anchor: &str) -> Vec<Relative> {
    let of_anchor = anchors.iter().flat_map(|row| row.measured()).collect::<Vec<_>>();
    let figures = Figures::measured(&of_anchor);
    let mut all = vec![multiples(anchor, None, figures.as_ref(), figures.as_ref(), &of_anchor)];
    for ((_, run), anchor_row) in runs.iter().zip(anchors) {
        let (shard, base) = (run.shard.as_ref().map(|shard| shard.index), anchor_row.figures());
        let others = run.rows.iter().filter(|row| row.name() != anchor && row.ran().is_some());
        all.extend(
            others.map(|row| multiples(&row.name(), shard, row.figures().as_ref(), base.as_ref(), &row.measured())),
        );
    }
    all
}

fn multiples(
    name: &str,
    shard: Option<u32>,
    figures: Option<&Figures>,
    base: Option<&Figures>,
    rounds: &[&Measurement],
) -> Relative {
    let of = |of: OneOf| figures.and_then(of).zip(base.and_then(of)).and_then(|(it, base)| it.over(base));
    Relative {
        name: name.to_owned(),
        shard,
        cold_start: of(|it| it.cold_start_ms.as_ref()),
        mean: of(|it| it.mean_ms.as_ref()),
        p50: of(|it| it.p50_ms.as_ref()),
        p99: of(|it| it.p99_ms.as_ref()),
        calls_per_second: of(|it| it.calls_per_second.as_ref()),
        all_calls: Pooled::of(rounds),
    }
}

impl Pooled {
    /// All calls of the latency runs of some rounds; nothing where there are none.
    #[must_use]
    pub fn of(rounds: &[&Measurement]) -> Option<Self> {
        let mut all = Histogram::default();
        for samples in rounds.iter().map(|round| &round.latency.samples) {
            let mut opened = samples.opened_connection.iter().peekable();
            for (index, (duration_us, status)) in (0..).zip(samples.duration_us.iter().zip(&samples.status)) {
                let opens = opened.next_if_eq(&&index).is_some();
                if *status == 200 && !opens {
                    all.add(Duration::try_from_secs_f64(duration_us / 1e6).ok()?, u64::from(samples.every));
                }
            }
        }
        Self::in_histogram(&all)
    }

    /// All that a histogram has; nothing where it has nothing.
    pub(super) fn in_histogram(all: &Histogram) -> Option<Self> {
        let at = |percent| all.percentile(percent).map(milliseconds);
        Some(Self { count: all.count(), p50_ms: at(50.0)?, p90_ms: at(90.0)?, p99_ms: at(99.0)? })
    }
}

fn put_together(runs: Vec<(String, Run)>, merged: Merged) -> Run {
    let (mut anchor, mut rows, mut missing): (Option<Record>, Vec<Record>, Vec<String>) = Default::default();
    let (mut whole, mut duration_s, mut started_at) = (None, 0.0, None::<String>);
    for (_, mut run) in runs {
        duration_s += run.duration_s;
        started_at = Some(started_at.map_or(run.started_at.clone(), |earliest| earliest.min(run.started_at.clone())));
        missing.append(&mut run.missing);
        for row in std::mem::take(&mut run.rows) {
            if row.name() != merged.anchor {
                rows.push(row);
            } else if let Some(before) = anchor.take() {
                // One prediction of it is enough: their ranges agree.
                anchor = Some(before.and(measured_only(row)));
            } else {
                anchor = Some(row);
            }
        }
        whole.get_or_insert(run);
    }
    rows.splice(..0, anchor);
    let first = whole.expect("there are two runs at least");
    let started_at = started_at.unwrap_or_default();
    Run { started_at, duration_s, shard: None, merged: Some(merged), rows, missing, ..first }
}

fn measured_only(row: Record) -> Record {
    let outcome = match row.outcome {
        Outcome::Ran(ran) => {
            let series = ran.series.into_iter().filter(|series| !matches!(series, Series::Predicted(_))).collect();
            Outcome::Ran(Ran { series, ..ran })
        }
        other => other,
    };
    Record { outcome, ..row }
}

#[cfg(test)]
mod tests;
