//! How long a hop takes: a log-normal body and a slow mode, given by percentiles.
//!
//! No log-normal fits what AWS's cold starts take: set by its body it has too thin a tail, set by its 99th percentile too
//! high a 90th. What fits is a body, and a few per cent of cases that are slower by a factor, which come on bad days
//! (`lambda-perf.toml`). Each hop is taken to be of that shape.

use serde::Deserialize;
use statrs::function::erf::{erfc, erfc_inv};

/// Share of the cases in the slow mode: in the middle of what cold starts show (0.8 to 6.4 % of those of Rust, Go, Node.js
/// and Python are slower than 1.5 medians).
const SLOW_WEIGHT: f64 = 0.03;

/// Where the 90th percentile lies between median and 99th, on a logarithmic scale, unless it is given: 0.551 of a
/// log-normal; 0.27 to 0.41 of cold starts (Rust, Go, Python, Node.js), 0.39 of an object store's reads.
const P90_POSITION: f64 = 0.4;

/// Durations in milliseconds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Distribution {
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    shape: Shape,
    source: String,
}

/// A log-normal body and a slow mode of the same width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// The body's median.
    pub median: f64,
    /// Standard deviation of the logarithm, in both.
    pub sigma: f64,
    /// Share of the cases that are slow.
    pub slow_weight: f64,
    /// How much slower, as a ratio of medians.
    pub slow_factor: f64,
}

/// Why percentiles are no distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// They are out of order, not positive or not finite.
    #[error("p50_ms = {p50_ms} and p99_ms = {p99_ms} are no delay: it takes 0 < p50_ms < p99_ms, and p90_ms between")]
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
    p90_ms: Option<f64>,
    p99_ms: f64,
    source: String,
}

impl TryFrom<Raw> for Distribution {
    type Error = DistributionError;

    fn try_from(Raw { p50_ms, p90_ms, p99_ms, source }: Raw) -> Result<Self, DistributionError> {
        match p90_ms {
            Some(p90_ms) => Self::through(p50_ms, p90_ms, p99_ms, source),
            None => Self::new(p50_ms, p99_ms, source),
        }
    }
}

impl Distribution {
    /// From its median, its 99th percentile and where they come from.
    ///
    /// # Errors
    /// Unless 0 < p50 < p99, both finite, and there is a source.
    pub fn new(p50_ms: f64, p99_ms: f64, source: impl Into<String>) -> Result<Self, DistributionError> {
        Self::through(p50_ms, p50_ms * (p99_ms / p50_ms).powf(P90_POSITION), p99_ms, source)
    }

    /// From three percentiles and where they come from.
    ///
    /// # Errors
    /// Unless 0 < p50 < p90 < p99, all finite, and there is a source.
    pub fn through(
        p50_ms: f64,
        p90_ms: f64,
        p99_ms: f64,
        source: impl Into<String>,
    ) -> Result<Self, DistributionError> {
        let source = source.into();
        if !(p50_ms > 0.0 && p50_ms < p90_ms && p90_ms < p99_ms && p99_ms.is_finite()) {
            return Err(DistributionError::Percentiles { p50_ms, p99_ms });
        }
        if source.trim().is_empty() {
            return Err(DistributionError::Source);
        }
        let shape = Shape::through([p50_ms, p90_ms, p99_ms], SLOW_WEIGHT);
        Ok(Self { p50_ms, p90_ms, p99_ms, shape, source })
    }

    /// The median, in ms.
    #[must_use]
    pub fn p50_ms(&self) -> f64 {
        self.p50_ms
    }

    /// The 90th percentile, in ms.
    #[must_use]
    pub fn p90_ms(&self) -> f64 {
        self.p90_ms
    }

    /// The 99th percentile, in ms.
    #[must_use]
    pub fn p99_ms(&self) -> f64 {
        self.p99_ms
    }

    /// The mean, in ms.
    #[must_use]
    pub fn mean_ms(&self) -> f64 {
        self.shape.mean()
    }

    /// Body and slow mode, in ms.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Where the figures come from, or that they are assumed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether nobody has measured it.
    #[must_use]
    pub fn is_assumed(&self) -> bool {
        self.source.starts_with("assumption")
    }

    /// The same, so many times as long.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self {
            p50_ms: self.p50_ms * factor,
            p90_ms: self.p90_ms * factor,
            p99_ms: self.p99_ms * factor,
            shape: Shape { median: self.shape.median * factor, ..self.shape },
            source: self.source.clone(),
        }
    }

    /// One value in ms, from the next random numbers of `random`.
    #[must_use]
    pub fn draw_ms(&self, random: &mut fastrand::Rng) -> f64 {
        self.shape.draw(random)
    }
}

impl Shape {
    /// The one with these 50th, 90th and 99th percentiles, as near as a slow mode of this weight can come.
    #[must_use]
    pub fn through([p50, p90, p99]: [f64; 3], slow_weight: f64) -> Self {
        let mut shape = Self {
            median: p50,
            sigma: (p90 / p50).ln() / normal_quantile(0.9),
            slow_weight,
            slow_factor: (p99 / p50).max(1.0),
        };
        // One after the other, each by the percentile that it moves most: it settles within some ten rounds.
        for _ in 0..40 {
            let above = 0.99 - (1.0 - slow_weight) * normal((p99 / shape.median).ln() / shape.sigma);
            let share = (above / slow_weight).clamp(0.001, 0.999);
            let factor = (p99 / shape.median).ln() - shape.sigma * normal_quantile(share);
            shape.slow_factor = factor.exp().max(1.0);
            shape.median *= p50 / shape.quantile(0.5);
            let (is, should) = ((shape.quantile(0.9) / shape.median).ln(), (p90 / shape.median).ln());
            shape.sigma *= (should / is).clamp(0.5, 2.0);
        }
        shape
    }

    /// The share of values up to this one.
    #[must_use]
    pub fn share_below(&self, value: f64) -> f64 {
        if value <= 0.0 {
            return 0.0;
        }
        let z = (value / self.median).ln() / self.sigma;
        let slow = z - self.slow_factor.ln() / self.sigma;
        (1.0 - self.slow_weight) * normal(z) + self.slow_weight * normal(slow)
    }

    /// The value that such a share of all is not above: for 0 < share < 1.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let z = normal_quantile(share.clamp(1e-12, 1.0 - 1e-12));
        let (mut low, mut high) = ((z * self.sigma).exp(), (z * self.sigma).exp() * self.slow_factor);
        (low, high) = (low * self.median, high * self.median);
        // The ends are the quantiles of the two modes: it lies between.
        for _ in 0..48 {
            let middle = (low * high).sqrt();
            if self.share_below(middle) < share { low = middle } else { high = middle }
        }
        (low * high).sqrt()
    }

    /// The mean: a log-normal's is its median times exp(σ²/2).
    #[must_use]
    pub fn mean(&self) -> f64 {
        let slower = 1.0 + self.slow_weight * (self.slow_factor - 1.0);
        self.median * (self.sigma.powi(2) / 2.0).exp() * slower
    }

    /// One value.
    #[must_use]
    pub fn draw(&self, random: &mut fastrand::Rng) -> f64 {
        let factor = if random.f64() < self.slow_weight { self.slow_factor } else { 1.0 };
        // Above 0 and below 1, where the quantile is finite.
        let share = (random.f64() + f64::EPSILON).min(1.0 - f64::EPSILON);
        self.median * factor * (self.sigma * normal_quantile(share)).exp()
    }
}

/// The standard normal distribution's share below.
fn normal(z: f64) -> f64 {
    erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// And its quantile.
pub(crate) fn normal_quantile(share: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(is: f64, should: f64) {
        assert!((is / should - 1.0).abs() < 0.01, "{is} instead of {should}");
    }

    #[test]
    fn the_shape_has_the_percentiles_that_it_was_made_by() {
        for percentiles in [[1.0, 1.3, 2.8], [8.0, 15.0, 40.0], [26.8, 46.9, 113.0], [61.0, 73.0, 85.0]] {
            let shape = Shape::through(percentiles, SLOW_WEIGHT);
            for (share, should) in [0.5, 0.9, 0.99].into_iter().zip(percentiles) {
                near(shape.quantile(share), should);
            }
        }
    }

    #[test]
    fn drawn_values_have_the_percentiles_and_the_mean_asked_for() {
        let distribution = Distribution::new(4.0, 12.0, "a test").unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        let mut drawn: Vec<f64> = (0..400_000).map(|_| distribution.draw_ms(&mut random)).collect();
        drawn.sort_by(f64::total_cmp);
        near(drawn[199_999], 4.0);
        near(drawn[359_999], distribution.p90_ms());
        assert!((drawn[395_999] / 12.0 - 1.0).abs() < 0.02, "{}", drawn[395_999]);
        near(drawn.iter().sum::<f64>() / 400_000.0, distribution.mean_ms());
    }

    #[test]
    fn percentiles_out_of_order_are_refused() {
        for (p50, p99) in [(0.0, 1.0), (-1.0, 1.0), (2.0, 2.0), (3.0, 2.0), (1.0, f64::INFINITY), (f64::NAN, 1.0)] {
            assert!(Distribution::new(p50, p99, "a test").is_err(), "{p50} {p99}");
        }
        assert!(Distribution::through(1.0, 3.0, 2.0, "a test").is_err());
        assert_eq!(Distribution::new(1.0, 2.0, " "), Err(DistributionError::Source));
    }
}
