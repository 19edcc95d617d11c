//! What a reader of a record's figures should know: values, which exporters put into words.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Failures;

/// A warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Warning {
    /// Calls failed.
    FailedCalls {
        /// How many, over all series.
        failed: u64,
        /// Of how many.
        calls: u64,
        /// What they were answered, where that is known.
        failures: Vec<Failures>,
    },
    /// The load generator kept half of the machine's processors busy, or more: the way might do more than it shows.
    GeneratorSaturated {
        /// Processors that it kept busy.
        cores: f64,
        /// Processors of the machine.
        processors: u32,
    },
    /// Calls at a rate fell behind: the way, or the load generator, can't keep up with it.
    FellBehind {
        /// Calls that were due in a second.
        per_second: f64,
        /// Calls that were answered in a second.
        answered_per_second: f64,
    },
    /// The concurrency run was shorter than planned: its calls ran out.
    ShortThroughput {
        /// How long calls were counted, in seconds.
        window_s: f64,
        /// How long the plan counts them.
        planned_s: f64,
    },
    /// A few calls took much of the time.
    Outliers {
        /// Calls of the latency runs above the third quartile by more than three times the quartiles' distance.
        calls: u64,
        /// Of how many.
        of: u64,
        /// Their share of the time of all.
        share_of_time: f64,
    },
    /// Calls of the latency runs follow one another.
    Autocorrelated {
        /// The rank correlation of each call's latency with that of the next, the median of the rounds.
        correlation: f64,
    },
    /// Reading the clock takes long.
    SlowClock {
        /// How long, in nanoseconds.
        reading_ns: f64,
        /// What the kernel reads the time from; absent where that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// Other processes were busy before the run.
    BusyBefore {
        /// Processors that they kept busy.
        cores: f64,
        /// Processors of the machine.
        processors: u32,
    },
    /// Other processes were busy while it was measured.
    BusyMeanwhile {
        /// Processors that they kept busy on average, in the worst round.
        cores: f64,
        /// Processors of the machine.
        processors: u32,
    },
    /// The hypervisor gave the machine's time to others.
    Steal {
        /// The share of all processors' time, in the worst round.
        share: f64,
    },
    /// The processors' frequency differed between rounds.
    FrequencyChanged {
        /// The lowest, in MHz.
        low_mhz: f64,
        /// The highest, in MHz.
        high_mhz: f64,
    },
    /// The processors' frequency follows the load.
    FrequencyFollowsLoad {
        /// What chooses it.
        governor: String,
    },
    /// No figure has an interval: there was one round.
    OneRound,
    /// The CPU share of a prediction was not held: it is too fast.
    CpuShareNotHeld {
        /// Why.
        reason: String,
    },
    /// A figure has no interval: it has too few samples. Runs of version 2 have it.
    NoInterval {
        /// The figure.
        figure: String,
        /// How many samples it has.
        samples: u64,
    },
    /// CloudWatch did not have the REPORT lines of all calls: what they give is of fewer.
    MissingLogLines {
        /// How many it had.
        lines: u64,
        /// How many calls were made.
        calls: u64,
    },
    /// That forced cold starts were cold is not verified.
    UnverifiedColdStarts {
        /// How many.
        unverified: u32,
    },
    /// Calls were throttled: the account's concurrency was used up. They are in the failed ones.
    ThrottledCalls {
        /// How many, by CloudWatch's count.
        throttled: u64,
    },
    /// Fewer connections than planned: the account may run no more functions at once.
    FewerConnections {
        /// How many there were.
        connections: u32,
        /// How many the plan has.
        planned: u32,
    },
    /// Of many probes some gave up, or were the limit themselves.
    Probes {
        /// How many there were.
        probes: u32,
        /// Those that made no load, from 1, each with the reason.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gave_up: Vec<String>,
        /// Those of which something was used up, from 1, each with what.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        used_up: Vec<String>,
    },
    /// Another way was measured in its place, which runs the same here: its rounds name it.
    MeasuredAsAnother,
    /// There is no cost.
    NoCost {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailedCalls { failed, calls, failures } => {
                write!(f, "{failed} of {calls} calls failed")?;
                let kinds = failures.iter().map(|it| match it.status {
                    Some(status) => format!("{} with {status}", it.calls),
                    None => format!("{} without an answer", it.calls),
                });
                let kinds = kinds.collect::<Vec<_>>().join(", ");
                if kinds.is_empty() { Ok(()) } else { write!(f, " ({kinds})") }
            }
            Self::GeneratorSaturated { cores, processors } => write!(
                f,
                "the load generator was busy on {cores:.1} of {processors} processors: calls/s may be its limit, not the \
                 way's"
            ),
            Self::FellBehind { per_second, answered_per_second } => write!(
                f,
                "of {per_second:.0} calls that were due in a second {answered_per_second:.0} were answered: latencies at this \
                 rate grow as long as it lasts"
            ),
            Self::ShortThroughput { window_s, planned_s } => {
                write!(f, "calls/s was measured for {window_s:.2} s, not {planned_s} s: the calls of the plan ran out")
            }
            Self::Outliers { calls, of, share_of_time } => write!(
                f,
                "{calls} of {of} sequential calls took {:.0} % of the time: the mean is not that of a usual call",
                share_of_time * 100.0
            ),
            Self::Autocorrelated { correlation } => {
                write!(
                    f,
                    "slow calls follow slow ones (rank correlation {correlation:.1}): the calls are not independent"
                )
            }
            Self::SlowClock { reading_ns, source } => {
                let source = source.as_deref().unwrap_or("of this machine");
                write!(f, "reading the clock ({source}) takes {reading_ns:.0} ns, which is in each latency")
            }
            Self::BusyBefore { cores, processors } => {
                write!(f, "other processes kept {cores:.1} of {processors} processors busy before the run")
            }
            Self::BusyMeanwhile { cores, processors } => {
                write!(f, "other processes kept {cores:.1} of {processors} processors busy meanwhile")
            }
            Self::Steal { share } => {
                write!(f, "the hypervisor gave {:.0} % of the processors' time to other machines", share * 100.0)
            }
            Self::FrequencyChanged { low_mhz, high_mhz } => {
                write!(f, "the processors ran at {low_mhz:.0} to {high_mhz:.0} MHz")
            }
            Self::FrequencyFollowsLoad { governor } => {
                write!(f, "the processors' frequency follows their load (governor {governor})")
            }
            Self::OneRound => f.write_str("no measured figure has an interval: there was one round"),
            Self::CpuShareNotHeld { reason } => {
                write!(f, "the CPU share was not held ({reason}): the prediction is too fast")
            }
            Self::NoInterval { figure, samples } => {
                let s = if *samples == 1 { "" } else { "s" };
                write!(f, "{figure} has no interval: {samples} sample{s}")
            }
            Self::MissingLogLines { lines, calls } => write!(
                f,
                "init, duration and memory are of {lines} of {calls} calls: CloudWatch had no more REPORT lines"
            ),
            Self::UnverifiedColdStarts { unverified } => write!(
                f,
                "{unverified} of the forced cold starts may have been warm: Lambda's REPORT lines do not show it"
            ),
            Self::ThrottledCalls { throttled } => write!(
                f,
                "{throttled} of the failed calls were throttled: the account may run no more functions at once"
            ),
            Self::FewerConnections { connections, planned } => write!(
                f,
                "calls/s is of {connections} connections, not {planned}: the account may run no more functions at once"
            ),
            Self::Probes { probes, gave_up, used_up } => {
                let gave_up = (!gave_up.is_empty()).then(|| format!("made no load: {}", gave_up.join("; ")));
                let used_up =
                    (!used_up.is_empty()).then(|| format!("were the limit themselves: {}", used_up.join("; ")));
                let both = [gave_up, used_up].into_iter().flatten().collect::<Vec<_>>();
                write!(f, "of {probes} probes some {}", both.join("; and some "))
            }
            Self::MeasuredAsAnother => f.write_str(
                "measured once with another way that runs the same here (`measured_as` in run.json): equal figures are one \
                 measurement",
            ),
            Self::NoCost { reason } => write!(f, "there is no cost: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_their_kind() {
        let failures =
            [(Some(503), 2), (None, 1)].map(|(status, calls)| Failures { status, calls, latency: None }).to_vec();
        let warning = Warning::FailedCalls { failed: 3, calls: 100, failures };
        assert_eq!(warning.to_string(), "3 of 100 calls failed (2 with 503, 1 without an answer)");
    }

    #[test]
    fn a_warning_is_data() {
        let warning = Warning::NoInterval { figure: "AWS cold".to_owned(), samples: 1 };
        let json = serde_json::to_value(&warning).expect("JSON");
        assert_eq!(json, serde_json::json!({ "kind": "no_interval", "figure": "AWS cold", "samples": 1 }));
    }
}
