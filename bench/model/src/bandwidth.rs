//! A share of a processor as Linux holds it: a quota of CPU time for each period. Who has used it up waits for the next.
//!
//! CFS bandwidth control, <https://docs.kernel.org/scheduler/sched-bwc.html>, without the slices by which processors take
//! from the quota, and without what a task may run on until the next tick of the clock.

use std::time::Duration;

/// How much of a processor, and over which period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Processors, or a part of one.
    pub vcpus: f64,
    /// What the share is held over.
    pub period: Duration,
    /// CPU time that may be saved up from periods that did not need theirs.
    pub burst: Duration,
}

/// A share as it is used up, by one thread at a time. Times are ms since the simulation began.
#[derive(Clone, Debug)]
pub struct Bandwidth {
    quota_ms: f64,
    period_ms: f64,
    burst_ms: f64,
    /// When the current period ends.
    end_ms: f64,
    left_ms: f64,
}

impl Share {
    /// So many processors, held over a period, nothing saved up.
    #[must_use]
    pub fn new(vcpus: f64, period: Duration) -> Self {
        Self { vcpus, period, burst: Duration::ZERO }
    }
}

impl Bandwidth {
    /// Nothing used yet; the first period ends at `phase` of a period (0 to 1).
    #[must_use]
    pub fn new(share: Share, phase: f64) -> Self {
        let period_ms = share.period.as_secs_f64() * 1e3;
        let quota_ms = share.vcpus * period_ms;
        let burst_ms = share.burst.as_secs_f64() * 1e3;
        Self { quota_ms, period_ms, burst_ms, end_ms: phase * period_ms, left_ms: quota_ms }
    }

    /// When work that is ready at `start_ms` and takes so much CPU time is done. Starts must not go back in time.
    #[inline]
    pub fn run(&mut self, start_ms: f64, cpu_ms: f64) -> f64 {
        if self.quota_ms >= self.period_ms {
            return start_ms + cpu_ms;
        }
        let mut now = start_ms;
        if now >= self.end_ms {
            let passed = ((now - self.end_ms) / self.period_ms).floor() + 1.0;
            self.end_ms += passed * self.period_ms;
            self.left_ms = (self.left_ms + passed * self.quota_ms).min(self.quota_ms + self.burst_ms);
        }
        let mut needed = cpu_ms;
        loop {
            let usable = self.left_ms.min(self.end_ms - now).max(0.0);
            if needed <= usable {
                self.left_ms -= needed;
                return now + needed;
            }
            needed -= usable;
            self.left_ms -= usable;
            now = self.end_ms;
            // Without savings, whole periods are alike.
            let whole = if self.burst_ms > 0.0 { 0.0 } else { (needed / self.quota_ms).ceil() - 1.0 };
            let whole = whole.max(0.0);
            needed -= whole * self.quota_ms;
            now += whole * self.period_ms;
            self.end_ms = now + self.period_ms;
            self.left_ms = (self.left_ms + self.quota_ms).min(self.quota_ms + self.burst_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(vcpus: f64) -> Share {
        Share::new(vcpus, Duration::from_millis(20))
    }

    fn near(is: f64, should: f64) {
        assert!((is - should).abs() < 1e-9, "{is} instead of {should}");
    }

    #[test]
    fn work_beyond_the_quota_waits_for_the_next_period() {
        // 2 ms in each 20, from the beginning of a period: 5 ms take two whole periods and 1 ms.
        near(Bandwidth::new(share(0.1), 1.0).run(0.0, 5.0), 41.0);
        near(Bandwidth::new(share(0.1), 1.0).run(0.0, 2.0), 2.0);
        // From 1 ms before its end: 1 ms, then two periods of 2 ms.
        near(Bandwidth::new(share(0.1), 1.0).run(19.0, 5.0), 42.0);
    }

    #[test]
    fn what_was_not_used_is_lost_unless_it_may_be_saved() {
        let mut without = Bandwidth::new(share(0.1), 1.0);
        near(without.run(100.0, 4.0), 122.0);
        let with = Share { burst: Duration::from_millis(2), ..share(0.1) };
        near(Bandwidth::new(with, 1.0).run(100.0, 4.0), 104.0);
    }

    #[test]
    fn a_whole_processor_never_waits() {
        near(Bandwidth::new(share(1.0), 0.3).run(7.0, 50.0), 57.0);
    }
}
