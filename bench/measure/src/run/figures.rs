//! What the rounds of a way come to: each figure with its interval. They are computed from the rounds whenever they are
//! needed; `run.json` has them for its readers.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exactness, Load, MeasuredOnAws, Measurement, Verdict};
use crate::stats::{Figure, Summary};

/// Processor time that is too short to divide by: ten ticks of the clock it is counted in.
const CPU_TIME_MIN: Duration = Duration::from_millis(100);

/// The figures of a way, each from one value of each round. Milliseconds, but for `calls_per_second`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The medians of the cold starts; absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_start_ms: Option<Figure>,
    /// The means of the latency runs.
    pub mean_ms: Option<Figure>,
    /// Their medians.
    pub p50_ms: Option<Figure>,
    /// Their 90th percentiles.
    pub p90_ms: Option<Figure>,
    /// Their 99th percentiles.
    pub p99_ms: Option<Figure>,
    /// The rates of the concurrency runs.
    pub calls_per_second: Option<Figure>,
    /// At each rate, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_rates: Vec<RateFigures>,
    /// Of a sweep the rate at the knee: that with the greatest power, calls per second over the mean latency. Up to it a
    /// higher rate gains more than waiting costs (Kleinrock, "Power and deterministic rules of thumb for probabilistic
    /// problems in computer communications", ICC 1979).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knee_per_second: Option<f64>,
    /// The medians of Lambda's own init durations; absent but on AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_ms: Option<Figure>,
    /// The medians of Lambda's own durations; absent but on AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Figure>,
}

/// The figures of calls at a rate, from when each was due, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateFigures {
    /// Calls that were due in a second.
    pub per_second: f64,
    /// Its share of the largest rate; absent of a rate that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The means.
    pub mean_ms: Option<Figure>,
    /// The medians.
    pub p50_ms: Option<Figure>,
    /// The 90th percentiles.
    pub p90_ms: Option<Figure>,
    /// The 99th percentiles.
    pub p99_ms: Option<Figure>,
}

impl RateFigures {
    /// Of the loads at the rate with an index, round by round; nothing where no round has one.
    fn of(rounds: &[&Measurement], index: usize) -> Option<Self> {
        let first = rounds.first()?.at_rates.get(index)?;
        let loads = rounds.iter().filter_map(|round| round.at_rates.get(index));
        let of = |value: fn(&Summary) -> f64| Figure::of(loads.clone().map(|at| value(&at.load.summary)));
        Some(Self {
            per_second: first.per_second,
            share: first.share,
            mean_ms: of(|it| it.mean_ms),
            p50_ms: of(|it| it.p50_ms),
            p90_ms: of(|it| it.p90_ms),
            p99_ms: of(|it| it.p99_ms),
        })
    }

    fn power(&self) -> Option<f64> {
        Some(self.per_second / self.mean_ms.as_ref()?.value)
    }
}

impl Figures {
    /// Of what was measured here; nothing of no round.
    #[must_use]
    pub fn measured(rounds: &[&Measurement]) -> Option<Self> {
        let at_rates: Vec<_> = (0..).map_while(|index| RateFigures::of(rounds, index)).collect();
        (!rounds.is_empty()).then(|| Self {
            cold_start_ms: Figure::of(rounds.iter().filter_map(|it| Some(it.cold_start.as_ref()?.summary.p50_ms))),
            knee_per_second: knee(&at_rates),
            at_rates,
            ..Self::of_loads(&rounds.iter().map(|round| (&round.latency, &round.concurrency)).collect::<Vec<_>>())
        })
    }

    /// Of what was measured on AWS; nothing of no round.
    #[must_use]
    pub fn on_aws(rounds: &[&MeasuredOnAws]) -> Option<Self> {
        // One of a round that lacks it is left out: forced cold starts, and log lines that came too late.
        let of = |summary: &dyn Fn(&MeasuredOnAws) -> Option<&Summary>| {
            Figure::of(rounds.iter().filter_map(|round| summary(round)).map(|summary| summary.p50_ms))
        };
        (!rounds.is_empty()).then(|| Self {
            cold_start_ms: of(&|it| it.cold_start.as_ref().map(|cold| &cold.summary)),
            init_ms: of(&|it| it.reports.as_ref()?.init.as_ref()),
            duration_ms: of(&|it| it.reports.as_ref().map(|reports| &reports.duration)),
            ..Self::of_loads(&rounds.iter().map(|round| (&round.latency, &round.concurrency)).collect::<Vec<_>>())
        })
    }

    fn of_loads(rounds: &[(&Load, &Load)]) -> Self {
        let latency = |value: fn(&Summary) -> f64| Figure::of(rounds.iter().map(|(it, _)| value(&it.summary)));
        Self {
            cold_start_ms: None,
            mean_ms: latency(|it| it.mean_ms),
            p50_ms: latency(|it| it.p50_ms),
            p90_ms: latency(|it| it.p90_ms),
            p99_ms: latency(|it| it.p99_ms),
            calls_per_second: Figure::of(rounds.iter().map(|(_, it)| it.calls_per_second)),
            at_rates: Vec::new(),
            knee_per_second: None,
            init_ms: None,
            duration_ms: None,
        }
    }
}

/// Of a sweep; of a single rate there is none.
fn knee(at_rates: &[RateFigures]) -> Option<f64> {
    let swept = at_rates.iter().filter(|at| at.share.is_some());
    let powers = swept.filter_map(|at| Some((at.per_second, at.power()?)));
    powers.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(per_second, _)| per_second)
}

/// Calls that one whole processor serves in a second, by the processor time that they took in all rounds; nothing where
/// that is not known, or too short to show it.
#[must_use]
pub fn calls_per_cpu_second(rounds: &[&Measurement]) -> Option<f64> {
    let loads = rounds.iter().map(|round| &round.concurrency);
    let used_s = loads.clone().map(|load| load.service_cpu_s).sum::<Option<f64>>()?;
    let acknowledged: u64 = loads.map(|load| load.acknowledged).sum();
    (used_s >= CPU_TIME_MIN.as_secs_f64()).then(|| acknowledged as f64 / used_s)
}

/// The counter's account over all rounds, and the verdict on it: rounds don't make up for one another.
#[must_use]
pub fn exactness(rounds: impl Iterator<Item = Exactness>) -> (Exactness, Verdict) {
    let mut sum = Exactness { acknowledged: 0, counted: 0, failed: 0 };
    let mut verdict = Verdict::Exact;
    for round in rounds {
        sum.acknowledged += round.acknowledged;
        sum.counted += round.counted;
        sum.failed += round.failed;
        verdict = verdict.and(round.verdict());
    }
    (sum, verdict)
}
