//! Statistics of latencies: exact arithmetic over samples, no clock, no printing.
//!
//! Percentiles are nearest-rank: the p-th percentile of n sorted samples is the ⌈p/100 · n⌉-th, so each
//! one printed is a latency that some call really had. The intervals of a [`Summary`] take samples as independent, and
//! know nothing of the next run: a measured figure has those of its rounds ([`Figure`]).

mod anchors;
mod figure;
mod quality;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

pub use anchors::{Apart, apart};
pub use figure::Figure;
pub use quality::{Outliers, autocorrelation, outliers};

/// What a two-sided interval of 95 % leaves out at either end.
const TAIL: f64 = 0.025;

/// What a set of latencies comes to. Milliseconds throughout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Number of samples.
    pub count: u64,
    /// Arithmetic mean, in milliseconds.
    pub mean_ms: f64,
    /// 95 % confidence interval of the mean (Student's t, n − 1 degrees of freedom), lower and upper bound, in
    /// milliseconds; absent of a single sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_ci95_ms: Option<[f64; 2]>,
    /// Smallest sample, in milliseconds.
    pub min_ms: f64,
    /// Median (nearest rank), in milliseconds.
    pub p50_ms: f64,
    /// 95 % confidence interval of the median (order statistics, no assumption on the distribution), lower and
    /// upper bound, in milliseconds; absent of fewer than six samples, which carry none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ci95_ms: Option<[f64; 2]>,
    /// 90th percentile (nearest rank), in milliseconds.
    pub p90_ms: f64,
    /// 99th percentile (nearest rank), in milliseconds.
    pub p99_ms: f64,
    /// Largest sample, in milliseconds.
    pub max_ms: f64,
}

impl Summary {
    /// Summarises latencies in any order; nothing of nothing.
    #[must_use]
    pub fn of(samples: &[Duration]) -> Option<Self> {
        let mut sorted_ms: Vec<f64> = samples.iter().map(|sample| milliseconds(*sample)).collect();
        sorted_ms.sort_by(f64::total_cmp);
        let (&min_ms, &max_ms) = (sorted_ms.first()?, sorted_ms.last()?);
        let mean_ms = sorted_ms.iter().sum::<f64>() / sorted_ms.len() as f64;
        Some(Self {
            count: sorted_ms.len() as u64,
            mean_ms,
            mean_ci95_ms: t_margin(&sorted_ms).map(|margin_ms| [mean_ms - margin_ms, mean_ms + margin_ms]),
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

/// The rank of a percentile among `count` sorted samples, from 1: nearest rank.
fn rank(count: usize, percent: f64) -> usize {
    ((percent / 100.0 * count as f64).ceil() as usize).clamp(1, count.max(1))
}

/// Nearest-rank percentile of sorted, non-empty samples.
fn percentile(sorted: &[f64], percent: f64) -> f64 {
    sorted[rank(sorted.len(), percent) - 1]
}

/// Half the width of the mean's interval: t(97.5 %, n − 1) · s / √n (Student 1908, Biometrika 6). A single sample
/// carries none.
fn t_margin(samples: &[f64]) -> Option<f64> {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let t = StudentsT::new(0.0, 1.0, count - 1.0).ok()?.inverse_cdf(1.0 - TAIL);
    let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Some(t * (variance / count).sqrt())
}

/// Distribution-free interval of the median of at least 95 %: the r-th smallest and the r-th largest sample, with the
/// largest r for which a binomial of n and ½ is below r with 2.5 % at most (Conover, Practical Nonparametric Statistics,
/// 3rd ed., §3.2). Fewer than six samples have no such r: even their smallest and largest enclose the median less often.
fn median_interval(sorted: &[f64]) -> Option<[f64; 2]> {
    let count = sorted.len() as u64;
    let below = Binomial::new(0.5, count).ok()?;
    let index = smallest(count, |k| below.cdf(k) > TAIL).checked_sub(1)?;
    Some([sorted[index], sorted[sorted.len() - 1 - index]])
}

/// The smallest of 0, 1, … `most` from which on something holds, by bisection.
fn smallest(most: u64, holds: impl Fn(u64) -> bool) -> usize {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    usize::try_from(low).unwrap_or(usize::MAX)
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
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let equal = sorted.partition_point(|other| other <= value) - below;
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
    fn the_mean_has_an_interval_of_students_t() {
        // Standard deviation of {1, 3} is √2, its standard error 1, and t with one degree of freedom 12.7062.
        let two = summary(&[1, 3]).mean_ci95_ms.expect("two samples carry one");
        assert!((two[0] - (2.0 - 12.7062)).abs() < 1e-4 && (two[1] - (2.0 + 12.7062)).abs() < 1e-4, "{two:?}");
        // Of {1, 2, 3}: 1 / √3 and 4.30265.
        let three = summary(&[1, 2, 3]).mean_ci95_ms.expect("so do three");
        assert!((three[1] - (2.0 + 4.302_65 / 3_f64.sqrt())).abs() < 1e-4, "{three:?}");
        // Of many it is the normal distribution's.
        let many: Vec<u64> = (0..10_000).map(|index| index % 2 * 2).collect();
        let many = summary(&many).mean_ci95_ms.expect("so do many");
        assert!((many[1] - (1.0 + 1.960_2 / 100.0)).abs() < 1e-5, "{many:?}");
    }

    #[test]
    fn the_median_has_an_interval_of_order_statistics() {
        // Ranks as in published tables (Conover, table A3, at p = 0.5).
        for (count, interval) in [
            (6, [1.0, 6.0]),
            (8, [1.0, 8.0]),
            (9, [2.0, 8.0]),
            (10, [2.0, 9.0]),
            (20, [6.0, 15.0]),
            (25, [8.0, 18.0]),
            (100, [40.0, 61.0]),
            (1000, [469.0, 532.0]),
        ] {
            let samples: Vec<u64> = (1..=count).collect();
            assert_eq!(summary(&samples).p50_ci95_ms, Some(interval), "{count}");
        }
    }

    #[test]
    fn few_samples_carry_no_interval() {
        for count in 1..6 {
            let samples: Vec<u64> = (1..=count).collect();
            let summary = summary(&samples);
            assert_eq!((summary.p50_ci95_ms, summary.mean_ci95_ms.is_some()), (None, count > 1), "{count}");
        }
        let one = summary(&[7]);
        assert_eq!((one.mean_ms, one.p50_ms, one.p99_ms), (7.0, 7.0, 7.0));
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
