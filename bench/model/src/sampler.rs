//! Draws from a distribution in some nanoseconds: its quantiles as a table, the tail's as a finer one; and what kind of
//! day it is.

use std::sync::Arc;

use crate::distribution::{Shape, normal_quantile};

/// Steps of a table: 2 to this power. The last step, above the 99.9th percentile, has a table of its own.
const BITS: u32 = 10;
const STEPS: usize = 1 << BITS;

/// The part of the variance (of logarithms, slow mode aside) that lies between days: 0.06 to 0.41 of cold starts, by
/// runtime (`lambda-perf.toml`).
const BETWEEN_DAYS: f64 = 0.2;

/// The share of days on which half of all slow cases come: 3 to 9 % of cold starts' days, by runtime.
const BAD_DAYS: f64 = 0.07;

/// What a day is like. It is drawn once for each and holds for all hops: that a bad day is bad everywhere is an
/// assumption, and the cautious one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Day {
    /// Whether slow cases are frequent.
    pub bad: bool,
    /// How slow it is apart from them, as a standard normal value.
    pub z: f64,
}

/// A distribution, ready to be drawn from. Clones share its tables.
#[derive(Clone, Debug)]
pub struct Sampler(Arc<Tables>);

#[derive(Debug)]
struct Tables {
    mean: f64,
    ordinary: Table,
    bad: Table,
    sigma_between_days: f64,
}

#[derive(Debug)]
struct Table {
    steps: Vec<f64>,
    tail: Vec<f64>,
}

impl Day {
    /// An ordinary one.
    pub const ORDINARY: Self = Self { bad: false, z: 0.0 };

    /// The days of a simulation: of `count` days as many are bad as on average, so that the figures don't depend on luck.
    #[must_use]
    pub fn several(count: usize, random: &mut fastrand::Rng) -> Vec<Self> {
        // Of few days none would be: then chance decides.
        let bad = (BAD_DAYS * count as f64 + random.f64()).floor() as usize;
        let day = |index: usize| Self { bad: index < bad, z: 0.0 };
        let mut days: Vec<Self> = (0..count).map(day).collect();
        random.shuffle(&mut days);
        let mut shares: Vec<f64> = (0..count).map(|index| (index as f64 + 0.5) / count as f64).collect();
        random.shuffle(&mut shares);
        days.iter_mut().zip(shares).for_each(|(day, share)| day.z = normal_quantile(share));
        days
    }
}

impl Sampler {
    /// Of a distribution over many days.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let within = Shape { sigma: shape.sigma * (1.0 - BETWEEN_DAYS).sqrt(), ..shape };
        let weight = |days: f64| (shape.slow_weight / 2.0 / days).min(1.0);
        Self(Arc::new(Tables {
            mean: shape.mean(),
            ordinary: Table::new(Shape { slow_weight: weight(1.0 - BAD_DAYS), ..within }),
            bad: Table::new(Shape { slow_weight: weight(BAD_DAYS), ..within }),
            sigma_between_days: shape.sigma * BETWEEN_DAYS.sqrt(),
        }))
    }

    /// The mean over many days.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.mean
    }

    /// What the values of a day are multiplied by.
    #[must_use]
    pub fn factor(&self, day: Day) -> f64 {
        (self.0.sigma_between_days * day.z).exp()
    }

    /// One value of a day, its factor aside.
    #[inline]
    pub fn draw(&self, bad: bool, random: &mut fastrand::Rng) -> f64 {
        if bad { self.0.bad.draw(random) } else { self.0.ordinary.draw(random) }
    }
}

impl Table {
    /// Inverts the distribution on a grid of values, straight between two of them.
    fn new(shape: Shape) -> Self {
        const GRID: usize = 4 * STEPS;
        const FAR: f64 = 5.5;
        let (low, high) = (-FAR * shape.sigma, FAR * shape.sigma + shape.slow_factor.ln());
        let value = |index: usize| shape.median * (low + (high - low) * index as f64 / GRID as f64).exp();
        let grid: Vec<(f64, f64)> = (0..=GRID).map(value).map(|value| (shape.share_below(value), value)).collect();
        let last = 1.0 / STEPS as f64;
        // The ends are infinite: a value a little inside stands for what lies beyond.
        let inverted = |from: f64, to: f64| {
            let share = |step: usize| from + (to - from) * step as f64 / STEPS as f64;
            let shares = (0..=STEPS).map(|step| share(step).clamp(last / 4.0, 1.0 - last / STEPS as f64 / 4.0));
            let mut index = 0;
            shares
                .map(|share| {
                    while index + 2 < grid.len() && grid[index + 1].0 < share {
                        index += 1;
                    }
                    let ((below, from), (above, to)) = (grid[index], grid[index + 1]);
                    let part = if above > below { ((share - below) / (above - below)).clamp(0.0, 1.0) } else { 0.0 };
                    from + (to - from) * part
                })
                .collect()
        };
        Self { steps: inverted(0.0, 1.0), tail: inverted(1.0 - last, 1.0) }
    }

    #[inline]
    fn draw(&self, random: &mut fastrand::Rng) -> f64 {
        let bits = random.u64(..);
        let step = (bits >> (u64::BITS - BITS)) as usize;
        if step == STEPS - 1 { between(&self.tail, bits << BITS) } else { between(&self.steps, bits) }
    }
}

/// The value at a share of 2⁶⁴, straight between two steps.
#[inline]
fn between(table: &[f64], share: u64) -> f64 {
    let step = (share >> (u64::BITS - BITS)) as usize;
    let part = (share << BITS >> 11) as f64 / (1_u64 << 53) as f64;
    table[step] + (table[step + 1] - table[step]) * part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Distribution;

    #[test]
    fn over_many_days_the_percentiles_are_those_of_the_distribution() {
        let distribution = Distribution::new(8.0, 40.0, "a test").unwrap();
        let (sampler, mut random) = (Sampler::new(distribution.shape()), fastrand::Rng::with_seed(1));
        let mut drawn = Vec::new();
        for day in Day::several(1_000, &mut random) {
            let factor = sampler.factor(day);
            drawn.extend((0..1_000).map(|_| sampler.draw(day.bad, &mut random) * factor));
        }
        drawn.sort_by(f64::total_cmp);
        for (rank, should) in [(499_999, 8.0), (899_999, distribution.p90_ms()), (989_999, 40.0)] {
            assert!((drawn[rank] / should - 1.0).abs() < 0.02, "{} instead of {should}", drawn[rank]);
        }
    }

    #[test]
    fn half_of_the_slow_cases_come_on_bad_days() {
        let shape = Shape { median: 1.0, sigma: 0.05, slow_weight: 0.03, slow_factor: 2.0 };
        let (sampler, mut random) = (Sampler::new(shape), fastrand::Rng::with_seed(1));
        let mut slow = |bad: bool| (0..100_000).filter(|_| sampler.draw(bad, &mut random) > 1.5).count() as f64 / 1e5;
        let (bad, ordinary) = (slow(true) * BAD_DAYS, slow(false) * (1.0 - BAD_DAYS));
        assert!((bad / ordinary - 1.0).abs() < 0.1, "{bad} and {ordinary}");
    }
}
