//! When calls come.

/// Who calls, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrivals {
    /// So many clients, each with one call at a time: its next is due so many ms after the answer to the one before.
    Closed {
        /// How many.
        clients: u32,
        /// Between an answer and the next call, in ms.
        think_ms: f64,
        /// What slows each client down.
        pace: Option<Pace>,
    },
    /// Calls at a mean rate, whoever still waits: a Poisson process.
    Open {
        /// Calls per second.
        per_second: f64,
    },
    /// Calls at a rate that changes with time, whoever still waits.
    Traffic(Traffic),
}

/// Calls at a mean rate that follows a pattern, over and over: a Poisson process whose rate is that of each step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Calls per second, on average over a period.
    pub per_second: f64,
    /// How the rate changes.
    pub pattern: Pattern,
    /// How long a period is, in ms.
    pub period_ms: f64,
    /// Calls that are due in so long from the beginning are played and not counted, in ms: environments start from none.
    pub settle_ms: f64,
}

/// How a rate changes over a period: the four patterns into which ServiBench classified the traces of Azure Functions
/// (Scheuner et al., "Let's Trace It: Fine-Grained Serverless Benchmarking using Synchronous and Asynchronous Orchestrated
/// Applications", 2022: steady, fluctuating, spikes, jump). How strong each is, is our assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The same at any time.
    Steady,
    /// A day's wave: at noon nine times as many calls as at midnight.
    Daily,
    /// A minute of each hour has 20 times as many calls as each of the others.
    Spiky,
    /// Half an hour, and then half an hour with ten times as many calls.
    Jump,
}

/// Steps of a day: quarters of an hour.
const DAILY_STEPS: usize = 96;

/// The day's wave: how much above and below the mean it goes, as a share of it.
const DAILY_WAVE: f64 = 0.8;

/// How many times as many calls a spike has, and a jump.
const SPIKE: f64 = 20.0;
const JUMP: f64 = 10.0;

impl Pattern {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Steady, Self::Daily, Self::Spiky, Self::Jump];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Daily => "daily",
            Self::Spiky => "spiky",
            Self::Jump => "jump",
        }
    }

    /// How long a period is, in seconds.
    #[must_use]
    pub fn period_s(self) -> f64 {
        match self {
            Self::Daily => 86_400.0,
            Self::Steady | Self::Spiky | Self::Jump => 3_600.0,
        }
    }

    /// The largest rate over the mean.
    #[must_use]
    pub fn peak(self) -> f64 {
        self.steps().into_iter().fold(1.0, f64::max)
    }

    /// The rate over the mean, in steps of equal length.
    fn steps(self) -> Vec<f64> {
        let relative: Vec<f64> = match self {
            Self::Steady => vec![1.0],
            Self::Daily => {
                let turn = |step: usize| (step as f64 + 0.5) / DAILY_STEPS as f64 * std::f64::consts::TAU;
                (0..DAILY_STEPS).map(|step| 1.0 - DAILY_WAVE * turn(step).cos()).collect()
            }
            Self::Spiky => (0..60).map(|minute| if minute == 30 { SPIKE } else { 1.0 }).collect(),
            Self::Jump => vec![1.0, JUMP],
        };
        let mean = relative.iter().sum::<f64>() / relative.len() as f64;
        relative.into_iter().map(|rate| rate / mean).collect()
    }
}

/// The next call of an open loop, whatever its pattern.
#[derive(Clone, Debug)]
pub(crate) struct Rates {
    /// Calls per ms of each step.
    steps: Vec<f64>,
    step_ms: f64,
}

impl Rates {
    /// Of an open loop; nothing of a closed one.
    pub(crate) fn of(arrivals: Arrivals) -> Option<Self> {
        match arrivals {
            Arrivals::Closed { .. } => None,
            Arrivals::Open { per_second } => Some(Self { steps: vec![per_second / 1e3], step_ms: f64::INFINITY }),
            Arrivals::Traffic(Traffic { per_second, pattern, period_ms, settle_ms: _ }) => {
                let steps: Vec<f64> = pattern.steps().into_iter().map(|rate| rate * per_second / 1e3).collect();
                let step_ms = if steps.len() == 1 { f64::INFINITY } else { period_ms / steps.len() as f64 };
                Some(Self { steps, step_ms })
            }
        }
    }

    /// When the call after one at `now_ms` is due: a unit of exponential waiting is spent at the rate of each step.
    #[inline]
    pub(crate) fn next(&self, now_ms: f64, random: &mut fastrand::Rng) -> f64 {
        let (mut wait, mut now_ms) = (-(1.0 - random.f64()).ln(), now_ms);
        // Whole steps below 2⁵³ are exact.
        let mut step = (now_ms / self.step_ms).floor() as usize;
        loop {
            let (rate, end_ms) = (self.steps[step % self.steps.len()], (step + 1) as f64 * self.step_ms);
            let spent = rate * (end_ms - now_ms).max(0.0);
            if wait <= spent {
                return now_ms + wait / rate;
            }
            wait -= spent;
            now_ms = end_ms;
            step += 1;
        }
    }
}

/// A client that needs CPU time for each call and has a share of a processor: while it waits for answers it saves none
/// up, so it calls no more often than its share allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// CPU time for a call, in ms.
    pub cpu_ms: f64,
    /// Processors, or a part of one.
    pub vcpus: f64,
}

impl Pace {
    /// When a client that is ready at `now_ms` sends, if it sent at `last_ms` before.
    #[must_use]
    pub fn next(self, last_ms: Option<f64>, now_ms: f64) -> f64 {
        let ready = now_ms + self.cpu_ms;
        last_ms.map_or(ready, |last| ready.max(last + self.cpu_ms / self.vcpus))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_waits_for_its_cpu_time_or_for_its_share_whichever_is_later() {
        let pace = Pace { cpu_ms: 1.0, vcpus: 0.1 };
        assert_eq!([pace.next(None, 0.0), pace.next(Some(0.0), 2.0), pace.next(Some(0.0), 40.0)], [1.0, 10.0, 41.0]);
    }

    #[test]
    fn each_pattern_has_its_mean_rate_and_each_step_its_own() {
        for pattern in Pattern::ALL {
            let traffic = Traffic { per_second: 2.0, pattern, period_ms: 60_000.0, settle_ms: 0.0 };
            let (rates, mut random) = (Rates::of(Arrivals::Traffic(traffic)).unwrap(), fastrand::Rng::with_seed(1));
            let (mut now_ms, mut calls) = (0.0, vec![0_u32; pattern.steps().len()]);
            while now_ms < 2_000.0 * 60_000.0 {
                now_ms = rates.next(now_ms, &mut random);
                let step = now_ms % 60_000.0 / 60_000.0 * calls.len() as f64;
                calls[step as usize] += 1;
            }
            let mean = f64::from(calls.iter().sum::<u32>()) / calls.len() as f64;
            assert!((mean * calls.len() as f64 / 240_000.0 - 1.0).abs() < 0.02, "{pattern:?}");
            for (calls, rate) in calls.iter().zip(pattern.steps()) {
                assert!((f64::from(*calls) / mean / rate - 1.0).abs() < 0.25, "{pattern:?} {rate}: {calls}");
            }
        }
        assert_eq!(Pattern::ALL.map(|pattern| (pattern.peak() * 10.0).round()), [10.0, 18.0, 152.0, 18.0]);
    }
}
