//! Latencies as an HdrHistogram: what many processes, probes or rounds measured is added up bucket by bucket. Percentiles
//! are read from the sum, for those of parts must not be averaged: the mean of two p99s is no percentile of anything.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Significant decimal digits that a latency is counted to: each bucket is at most a thousandth of its latencies wide.
const DIGITS: u8 = 3;

/// The longest latency that is distinguished from longer ones: an hour, longer than any caller waits.
const LONGEST_NS: u64 = 3_600_000_000_000;

/// Latencies, counted by bucket (Tene's HdrHistogram, of 1 ns to an hour, to three digits).
///
/// As JSON: the buckets that have a count, `[nanoseconds, count]` in rising order. Every histogram has the same buckets, so
/// that adding those of two is exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Vec<(u64, u64)>", from = "Vec<(u64, u64)>")]
pub struct Histogram(hdrhistogram::Histogram<u64>);

impl Default for Histogram {
    fn default() -> Self {
        let histogram = hdrhistogram::Histogram::new_with_bounds(1, LONGEST_NS, DIGITS);
        Self(histogram.expect("the bounds are valid: 2 · 1 ns is at most an hour, and 3 is at most 5 digits"))
    }
}

impl Histogram {
    /// Counts a latency so many times. One beyond an hour is counted as an hour.
    pub fn add(&mut self, latency: Duration, count: u64) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record_n(nanoseconds.min(LONGEST_NS), count);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all histograms have the same bounds");
    }

    /// How many latencies are counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The p-th percentile by nearest rank, `percent` from 0 to 100: the middle of the bucket that it is in, within 0.05 %
    /// of the latency itself from 2 µs on. Nothing where nothing is counted.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        let value = self.0.median_equivalent(self.0.value_at_quantile(percent / 100.0));
        (self.count() > 0).then(|| Duration::from_nanos(value))
    }

    /// The arithmetic mean; nothing where nothing is counted.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_nanos(self.0.mean() as u64))
    }
}

impl From<Histogram> for Vec<(u64, u64)> {
    fn from(histogram: Histogram) -> Self {
        let buckets = histogram.0.iter_recorded();
        buckets.map(|bucket| (bucket.value_iterated_to(), bucket.count_at_value())).collect()
    }
}

impl From<Vec<(u64, u64)>> for Histogram {
    fn from(buckets: Vec<(u64, u64)>) -> Self {
        let mut histogram = Self::default();
        for (nanoseconds, count) in buckets {
            histogram.add(Duration::from_nanos(nanoseconds), count);
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nearest rank over all raw latencies.
    fn raw(sorted_ns: &[u64], percent: f64) -> f64 {
        sorted_ns[((percent / 100.0 * sorted_ns.len() as f64).ceil() as usize).max(1) - 1] as f64
    }

    #[test]
    fn percentiles_of_merged_parts_are_those_of_all_raw_latencies() {
        let mut averages_are_off = 0.0_f64;
        for parts in [2, 3, 8, 64] {
            let mut random = fastrand::Rng::with_seed(parts);
            let (mut merged, mut all) = (Histogram::default(), Vec::new());
            let mut averaged_p99 = 0.0;
            for part in 0..parts {
                // From 20 µs on with a tail to seconds, each part at a pace of its own: part by part other percentiles.
                let mut histogram = Histogram::default();
                let mut own = Vec::new();
                for _ in 0..1_000 + 37 * part {
                    let tail = (1.0 - random.f64()).powf(-1.3);
                    let nanoseconds = (20_000.0 * (1.0 + part as f64) * tail) as u64;
                    histogram.add(Duration::from_nanos(nanoseconds), 1);
                    own.push(nanoseconds);
                }
                own.sort_unstable();
                averaged_p99 += raw(&own, 99.0) / parts as f64;
                all.extend(own);
                // By way of its JSON, as it travels.
                let text = serde_json::to_string(&histogram).expect("JSON");
                merged.merge(&serde_json::from_str(&text).expect("a histogram"));
            }
            all.sort_unstable();
            assert_eq!(merged.count(), all.len() as u64);
            for percent in [0.0, 50.0, 90.0, 99.0, 99.9, 100.0] {
                let (got, wanted) =
                    (merged.percentile(percent).expect("counted").as_nanos() as f64, raw(&all, percent));
                assert!((got / wanted - 1.0).abs() <= 0.001, "p{percent} of {parts} parts: {got} {wanted}");
            }
            averages_are_off = averages_are_off.max((averaged_p99 / raw(&all, 99.0) - 1.0).abs());
        }
        // What must not be done is far off, so that the bound above is one that can be missed.
        assert!(averages_are_off > 0.05, "{averages_are_off}");
    }

    #[test]
    fn what_is_not_there_or_too_long_is_no_panic() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.percentile(99.0), histogram.mean()), (None, None));
        histogram.add(Duration::MAX, 1);
        histogram.add(Duration::ZERO, 1);
        assert_eq!(histogram.count(), 2);
        let hour = histogram.percentile(100.0).expect("counted").as_secs_f64();
        assert!((hour / 3_600.0 - 1.0).abs() < 0.001, "{hour}");
        let read: Histogram = serde_json::from_str("[[18446744073709551615,3]]").expect("a histogram");
        assert_eq!(read.count(), 3);
    }
}
