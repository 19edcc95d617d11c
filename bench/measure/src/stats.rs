//! Statistics of latencies: exact arithmetic over samples, no clock, no printing.
//!
//! Percentiles are nearest-rank: the p-th percentile of n sorted samples is the ⌈p/100 · n⌉-th, so each
//! one printed is a latency that some call really had.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 97.5th percentile of the standard normal distribution: two-sided 95 %.
const Z_95: f64 = 1.959_964;

/// What a set of latencies comes to. Milliseconds throughout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Number of samples.
    pub count: u64,
    /// Arithmetic mean, in milliseconds.
    pub mean_ms: f64,
    /// 95 % confidence interval of the mean (normal approximation), lower and upper bound, in milliseconds.
    pub mean_ci95_ms: [f64; 2],
    /// Smallest sample, in milliseconds.
    pub min_ms: f64,
    /// Median (nearest rank), in milliseconds.
    pub p50_ms: f64,
    /// 95 % confidence interval of the median (order statistics, no assumption on the distribution), lower and
    /// upper bound, in milliseconds.
    pub p50_ci95_ms: [f64; 2],
    /// 90th percentile (nearest rank), in milliseconds.
    pub p90_ms: f64,
    /// 99th percentile (nearest rank), in milliseconds.
    pub p99_ms: f64,
    /// Largest sample, in milliseconds.
    pub max_ms: f64,
}

impl Summary {
    /// Sums up latencies in any order; nothing of nothing.
    #[must_use]
    pub fn of(samples: &[Duration]) -> Option<Self> {
        let mut sorted_ms: Vec<f64> = samples.iter().map(|sample| milliseconds(*sample)).collect();
        sorted_ms.sort_by(f64::total_cmp);
        let (&min_ms, &max_ms) = (sorted_ms.first()?, sorted_ms.last()?);
        let count = sorted_ms.len() as f64;
        let mean_ms = sorted_ms.iter().sum::<f64>() / count;
        let margin_ms = Z_95 * standard_error(&sorted_ms, mean_ms);
        Some(Self {
            count: sorted_ms.len() as u64,
            mean_ms,
            mean_ci95_ms: [mean_ms - margin_ms, mean_ms + margin_ms],
            min_ms,
            p50_ms: percentile(&sorted_ms, 50.0),
            p50_ci95_ms: median_interval(&sorted_ms),
            p90_ms: percentile(&sorted_ms, 90.0),
            p99_ms: percentile(&sorted_ms, 99.0),
            max_ms,
        })
    }
}

/// A duration in milliseconds.
#[must_use]
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Nearest-rank percentile of sorted, non-empty samples.
fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Sample standard deviation over √n; nought of a single sample.
fn standard_error(samples: &[f64], mean: f64) -> f64 {
    let count = samples.len() as f64;
    if samples.len() < 2 {
        return 0.0;
    }
    let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (variance / count).sqrt()
}

/// Distribution-free 95 % interval of the median: the order statistics at n/2 ∓ z·√n/2 (the normal approximation
/// of the binomial; Conover, Practical Nonparametric Statistics, 3rd ed., §3.2).
fn median_interval(sorted: &[f64]) -> [f64; 2] {
    let count = sorted.len() as f64;
    let reach = Z_95 * count.sqrt() / 2.0;
    let at = |rank: f64| sorted[(rank as usize).clamp(1, sorted.len()) - 1];
    [at((count / 2.0 - reach).floor()), at((count / 2.0 + reach).ceil() + 1.0)]
}

/// Spearman's rank correlation: Pearson's correlation of the ranks, equal values sharing the mean of theirs, so that
/// ties count (Kendall and Gibbons, Rank Correlation Methods, 5th ed., ch. 3). Nothing where one side does not vary.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    (scale > 0.0).then(|| product(&a, &b) / scale)
}

/// Ranks from 1; equals share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(samples_ms: &[u64]) -> Summary {
        let samples: Vec<_> = samples_ms.iter().map(|&ms| Duration::from_millis(ms)).collect();
        Summary::of(&samples).expect("there are samples")
    }

    #[test]
    fn percentiles_are_samples_by_nearest_rank() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        let summary = summary(&hundred);
        assert_eq!((summary.min_ms, summary.max_ms), (1.0, 100.0));
        assert_eq!((summary.p50_ms, summary.p90_ms, summary.p99_ms), (50.0, 90.0, 99.0));
        assert_eq!(summary.mean_ms, 50.5);
    }

    #[test]
    fn the_mean_has_an_interval_of_z_standard_errors() {
        // Standard deviation of {1, 3} is √2, its standard error 1.
        let summary = summary(&[1, 3]);
        assert_eq!(summary.mean_ms, 2.0);
        assert!((summary.mean_ci95_ms[0] - (2.0 - Z_95)).abs() < 1e-12, "{summary:?}");
        assert!((summary.mean_ci95_ms[1] - (2.0 + Z_95)).abs() < 1e-12, "{summary:?}");
    }

    #[test]
    fn the_median_has_an_interval_of_order_statistics() {
        // n = 100: ranks ⌊50 − 9.8⌋ = 40 and ⌈50 + 9.8⌉ + 1 = 61, as in published tables.
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(summary(&hundred).p50_ci95_ms, [40.0, 61.0]);
    }

    #[test]
    fn one_sample_is_its_own_summary_and_none_has_none() {
        let one = summary(&[7]);
        assert_eq!((one.mean_ms, one.p50_ms, one.p99_ms), (7.0, 7.0, 7.0));
        assert_eq!((one.mean_ci95_ms, one.p50_ci95_ms), ([7.0, 7.0], [7.0, 7.0]));
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn rank_correlation_is_pearsons_of_ranks_that_equals_share() {
        assert_eq!(ranks(&[13.0, 26.0, 13.0, 16.0]), [1.5, 4.0, 1.5, 3.0]);
        for (a, b, wanted) in [
            ([1.0, 2.0, 3.0], [10.0, 20.0, 40.0], Some(1.0)),
            ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], Some(-1.0)),
            // Ranks 1.5 1.5 3 against 1 2 3: 1.5 / √(1.5 · 2).
            ([1.0, 1.0, 3.0], [1.0, 2.0, 3.0], Some(1.5 / 3_f64.sqrt())),
            ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], None),
        ] {
            let got = spearman(&a, &b);
            assert_eq!(got.is_some(), wanted.is_some(), "{a:?}");
            assert!((got.unwrap_or_default() - wanted.unwrap_or_default()).abs() < 1e-12, "{a:?}: {got:?}");
        }
    }
}
