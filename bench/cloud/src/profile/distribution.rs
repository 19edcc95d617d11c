//! How long a hop takes: a log-normal distribution, given by its median and its 99th percentile.
//!
//! Latencies of networked services are positive, skewed and heavy-tailed, and published as percentiles: two of them
//! fix a log-normal. What is known beyond (a worse p99.9) can't be expressed by it.

use serde::Deserialize;

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

/// A log-normal distribution of durations in milliseconds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Distribution {
    p50_ms: f64,
    p99_ms: f64,
    source: String,
}

/// Why two percentiles are no distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// They are out of order, not positive or not finite.
    #[error("p50_ms = {p50_ms} and p99_ms = {p99_ms} are no delay: it takes 0 < p50_ms < p99_ms")]
    Percentiles {
        /// The median.
        p50_ms: f64,
        /// The 99th percentile.
        p99_ms: f64,
    },
    /// Nobody vouches for it.
    #[error("its source is empty: name one, or start with \"assumption\"")]
    Source,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    p50_ms: f64,
    p99_ms: f64,
    source: String,
}

impl TryFrom<Raw> for Distribution {
    type Error = DistributionError;

    fn try_from(Raw { p50_ms, p99_ms, source }: Raw) -> Result<Self, DistributionError> {
        Self::new(p50_ms, p99_ms, source)
    }
}

impl Distribution {
    /// From its median, its 99th percentile and where they come from.
    ///
    /// # Errors
    /// Unless 0 < p50 < p99, both finite, and there is a source.
    pub fn new(p50_ms: f64, p99_ms: f64, source: impl Into<String>) -> Result<Self, DistributionError> {
        let source = source.into();
        if !(p50_ms > 0.0 && p50_ms < p99_ms && p99_ms.is_finite()) {
            return Err(DistributionError::Percentiles { p50_ms, p99_ms });
        }
        if source.trim().is_empty() {
            return Err(DistributionError::Source);
        }
        Ok(Self { p50_ms, p99_ms, source })
    }

    /// The median, in ms.
    #[must_use]
    pub fn p50_ms(&self) -> f64 {
        self.p50_ms
    }

    /// The 99th percentile, in ms.
    #[must_use]
    pub fn p99_ms(&self) -> f64 {
        self.p99_ms
    }

    /// The mean, in ms: exp(μ + σ²/2).
    #[must_use]
    pub fn mean_ms(&self) -> f64 {
        self.p50_ms * (self.sigma().powi(2) / 2.0).exp()
    }

    /// Where the figures come from, or that they are assumed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// One value in ms, from the next random numbers of `random`.
    pub(super) fn draw_ms(&self, random: &mut fastrand::Rng) -> f64 {
        (self.p50_ms.ln() + self.sigma() * standard_normal(random)).exp()
    }

    /// Standard deviation of the logarithm.
    fn sigma(&self) -> f64 {
        (self.p99_ms / self.p50_ms).ln() / Z99
    }
}

/// A standard normal value, by G. E. P. Box and M. E. Muller, "A Note on the Generation of Random Normal Deviates",
/// 1958: one of the two that the method gives.
fn standard_normal(random: &mut fastrand::Rng) -> f64 {
    // Above 0, so that the logarithm is finite.
    let (u, v) = (1.0 - random.f64(), random.f64());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(p50_ms: f64, p99_ms: f64) -> Distribution {
        Distribution::new(p50_ms, p99_ms, "a test").unwrap()
    }

    #[test]
    fn the_mean_follows_from_the_two_percentiles() {
        // σ = ln(e) / z99, so the mean is e^(σ²/2) medians.
        let mean = distribution(2.0, 2.0 * std::f64::consts::E).mean_ms();
        assert!((mean - 2.193_6).abs() < 1e-4, "{mean}");
    }

    #[test]
    fn drawn_values_have_the_percentiles_and_the_mean_asked_for() {
        let distribution = distribution(4.0, 12.0);
        let mut random = fastrand::Rng::with_seed(1);
        let mut drawn: Vec<f64> = (0..200_000).map(|_| distribution.draw_ms(&mut random)).collect();
        drawn.sort_by(f64::total_cmp);
        let near = |is: f64, should: f64| assert!((is / should - 1.0).abs() < 0.01, "{is} instead of {should}");
        near(drawn[99_999], 4.0);
        near(drawn[197_999], 12.0);
        near(drawn[1_999], 4.0 * 4.0 / 12.0);
        near(drawn.iter().sum::<f64>() / 200_000.0, distribution.mean_ms());
    }

    #[test]
    fn percentiles_out_of_order_are_refused() {
        for (p50, p99) in [(0.0, 1.0), (-1.0, 1.0), (2.0, 2.0), (3.0, 2.0), (1.0, f64::INFINITY), (f64::NAN, 1.0)] {
            assert!(Distribution::new(p50, p99, "a test").is_err(), "{p50} {p99}");
        }
        assert_eq!(Distribution::new(1.0, 2.0, " "), Err(DistributionError::Source));
    }
}
