//! A load at a rate in a few figures: what one of many probes answers, so that the answers of all can be added up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Histogram, LoadResult, Pace};

/// A processor, or the files of a process, that is used to this share is taken for used up: beyond it a generator waits for
/// itself.
const USED_UP: f64 = 0.8;

/// What a load came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Calls that were due, those that opened connections not among them.
    pub due: u64,
    /// How it kept to its time.
    pub pace: Pace,
    /// Latencies of the acknowledged calls, from when each was due; those that opened a connection left out.
    pub latencies: Histogram,
    /// Answered calls by their status, those that opened a connection included.
    pub statuses: BTreeMap<u16, u64>,
    /// Calls that were not answered.
    pub unanswered: u64,
    /// What the generator had.
    pub generator: Generator,
}

/// A generator's means, and how much of them it used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generator {
    /// Processors that it kept busy, on average; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<f64>,
    /// Processors that it could have.
    pub cores_max: f64,
    /// Files that it may open; absent where there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_max: Option<u64>,
}

impl Tally {
    /// Of a load of so many calls.
    #[must_use]
    pub fn of(due: u32, result: &LoadResult, pace: Pace, generator: Generator) -> Self {
        let (mut latencies, mut statuses) = (Histogram::default(), BTreeMap::new());
        for call in &result.calls {
            *statuses.entry(call.status).or_default() += 1;
            if call.status == 200 && call.connecting.is_none() {
                latencies.add(call.duration, 1);
            }
        }
        Self { due: u64::from(due), pace, latencies, statuses, unanswered: result.unanswered, generator }
    }

    /// Calls answered 200.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.statuses.get(&200).copied().unwrap_or_default()
    }

    /// Calls answered otherwise, or not at all.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.statuses.values().sum::<u64>() - self.acknowledged() + self.unanswered
    }

    /// Calls that left in a second: over the length of the load, or until the last one left if that was later.
    #[must_use]
    pub fn offered_per_second(&self, length_s: f64) -> f64 {
        self.due as f64 / self.pace.last_left_s.max(length_s)
    }

    /// What of the generator is used up, in words; empty where nothing is, and it could have done more.
    #[must_use]
    pub fn used_up(&self) -> Vec<String> {
        let Generator { cores, cores_max, files_max } = self.generator;
        let mut used_up = Vec::new();
        if let Some(cores) = cores.filter(|cores| *cores >= USED_UP * cores_max) {
            used_up.push(format!("{cores:.2} of {cores_max:.2} processors"));
        }
        if let (Some(files), Some(max)) = (self.pace.open_files, files_max)
            && f64::from(files) >= USED_UP * max as f64
        {
            used_up.push(format!("{files} of {max} open files"));
        }
        used_up
    }
}

impl Generator {
    /// This process's means: the processors of the machine, or the share of them that Lambda gives a function of this memory
    /// (one at 1,769 MB: AWS Lambda Developer Guide, "Configure Lambda function memory").
    #[must_use]
    pub fn here(cores: Option<f64>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1.0, |count| count.get() as f64);
        let memory_mb = std::env::var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").ok().and_then(|mb| mb.parse::<f64>().ok());
        let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        Self { cores, cores_max: memory_mb.map_or(processors, |mb| processors.min(mb / 1_769.0)), files_max: files }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Call;

    #[test]
    fn a_tally_counts_every_call_and_names_what_is_used_up() {
        let call = |status, connecting| Call {
            start: Duration::ZERO,
            duration: Duration::from_millis(2),
            connecting,
            status,
            expected: None,
        };
        let opened = Some(Duration::from_millis(1));
        let calls = vec![call(200, opened), call(200, None), call(200, None), call(503, None)];
        let result = LoadResult { calls, unanswered: 1, ..LoadResult::default() };
        let pace = Pace { late_ms: 0.1, last_left_s: 0.9, open_files: Some(900) };
        let generator = Generator { cores: Some(0.5), cores_max: 1.0, files_max: Some(1_024) };
        let tally = Tally::of(4, &result, pace, generator);
        assert_eq!((tally.acknowledged(), tally.failed(), tally.latencies.count()), (3, 2, 2));
        assert_eq!((tally.offered_per_second(1.0), tally.offered_per_second(0.5)), (4.0, 4.0 / 0.9));
        assert_eq!(tally.used_up(), ["900 of 1024 open files"]);
        let busy = Tally { generator: Generator { cores: Some(0.9), files_max: None, ..generator }, ..tally.clone() };
        assert_eq!(busy.used_up(), ["0.90 of 1.00 processors"]);
        let text = serde_json::to_string(&tally).expect("JSON");
        assert_eq!(serde_json::from_str::<Tally>(&text).expect("read"), tally);
    }
}
