//! Public data that no parameter was fitted on, beside what the parameters give for it: the percentiles of the odd months of
//! maxday/lambda-perf (Apache-2.0), 2025-01 to 2026-06, made by `cargo run -p model --example calibrate -- percentiles`.

use std::time::Duration;

use ways::{Arch, Axis};

use crate::runtime::Runtimes;

/// The period of the quota that first calls are held against.
const PERIOD: Duration = Duration::from_millis(20);

/// A figure as it was measured, and as it is predicted. Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// What the data has.
    pub measured_ms: f64,
    /// What the parameters give.
    pub predicted_ms: f64,
}

/// A program that does nothing, in one runtime at one size.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// Its name in the data: `python313`.
    pub runtime: String,
    /// `zip` or `image`.
    pub package: String,
    /// The instruction set.
    pub arch: Arch,
    /// Its memory.
    pub memory_mb: f64,
    /// How long its start takes: the 50th, 90th and 99th percentile.
    pub start: [Pair; 3],
    /// How long its first call takes: the median measured, the mean predicted.
    pub first_call: Pair,
}

impl Pair {
    /// How far off it is, as a share.
    #[must_use]
    pub fn error(self) -> f64 {
        self.predicted_ms / self.measured_ms - 1.0
    }
}

impl HeldOut {
    /// All of it.
    #[must_use]
    pub fn all() -> Vec<Self> {
        include_str!("../lambda-perf-odd-months.csv").lines().skip(1).filter_map(Self::of).collect()
    }

    fn of(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split(',').collect();
        let [runtime, package, arch, numbers @ ..] = &fields[..] else { return None };
        let numbers: Vec<f64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
        let [memory_mb, p50, p90, p99, first_call] = numbers[..] else { return None };
        let arch = Arch::from_word(arch)?;
        let runtimes = Runtimes::committed();
        let shape = runtimes.init(runtime, package, arch)?.shape();
        let start = [(0.5, p50), (0.9, p90), (0.99, p99)];
        let first = runtimes.first_call(runtime, package, arch)?.mean_ms(memory_mb, PERIOD);
        Some(Self {
            runtime: (*runtime).to_owned(),
            package: (*package).to_owned(),
            arch,
            memory_mb,
            start: start.map(|(share, measured_ms)| Pair { measured_ms, predicted_ms: shape.quantile(share) }),
            first_call: Pair { measured_ms: first_call, predicted_ms: first },
        })
    }

    /// The family of its runtime: `python`.
    #[must_use]
    pub fn family(&self) -> &'static str {
        Runtimes::family(&self.runtime).unwrap_or("other")
    }
}
