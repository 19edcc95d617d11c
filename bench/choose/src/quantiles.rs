//! A distribution as its quantiles, small enough to keep thousands of, and the percentile of a mixture of two.

/// Steps between the least and the largest value: a 99.9th percentile is one of them.
const STEPS: usize = 1_000;

/// Halvings when a mixture's percentile is looked for: to a millionth of the range.
const BISECTIONS: u32 = 30;

/// Values in ms at equal steps of their share, rising.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantiles(Vec<f32>);

/// Of no value: all zero.
impl Default for Quantiles {
    fn default() -> Self {
        Self(vec![0.0; STEPS + 1])
    }
}

impl Quantiles {
    /// Of these values, whose order is lost; nothing of none.
    pub(crate) fn of(mut values_ms: Vec<f32>) -> Option<Self> {
        // By their digits: a comparing sort takes a fifth of all that `lab choose` does.
        radsort::sort(&mut values_ms);
        let last = values_ms.len().checked_sub(1)?;
        Some(Self((0..=STEPS).map(|step| values_ms[(step * last + STEPS / 2) / STEPS]).collect()))
    }

    /// The value that such a share of all is not above.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let place = share.clamp(0.0, 1.0) * STEPS as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        let (from, to) = (f64::from(self.0[below]), f64::from(self.0[above]));
        from + (to - from) * (place - place.floor())
    }

    /// The share of values up to this one.
    fn share_below(&self, value: f64) -> f64 {
        let above = self.0.partition_point(|&it| f64::from(it) <= value);
        let Some(below) = above.checked_sub(1) else { return 0.0 };
        let Some(&next) = self.0.get(above) else { return 1.0 };
        let from = f64::from(self.0[below]);
        (below as f64 + (value - from) / (f64::from(next) - from)) / STEPS as f64
    }

    /// The value that such a share is not above where `weight` of all values are of `other`, and the rest of this.
    pub(crate) fn mixed(&self, other: &Self, weight: f64, share: f64) -> f64 {
        let (mut low, mut high) = (self.at(0.0).min(other.at(0.0)), self.at(1.0).max(other.at(1.0)));
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            let below = (1.0 - weight) * self.share_below(middle) + weight * other.share_below(middle);
            if below < share { low = middle } else { high = middle }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(is: f64, should: f64) {
        assert!((is / should - 1.0).abs() < 0.005, "{is} instead of {should}");
    }

    fn rising(from: u16, to: u16) -> Quantiles {
        Quantiles::of((from..=to).rev().map(f32::from).collect()).unwrap()
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let quantiles = rising(1, 10_000);
        for (share, should) in [(0.0, 1.0), (0.5, 5_000.0), (0.99, 9_900.0), (0.9985, 9_985.0), (1.0, 10_000.0)] {
            near(quantiles.at(share), should);
        }
        near(Quantiles::of(vec![7.0]).unwrap().at(0.3), 7.0);
        assert_eq!(Quantiles::of(vec![]), None);
    }

    #[test]
    fn a_mixtures_percentile_is_that_of_all_values_together() {
        let (warm, cold) = (rising(1_000, 2_000), rising(5_000, 6_000));
        near(warm.mixed(&cold, 0.0, 0.99), 1_990.0);
        // Half of a hundredth is cold: the 99th of all is the 99.5th of the warm.
        near(warm.mixed(&cold, 0.005, 0.99), 1_995.0);
        // Two hundredths are: it is the median of the cold.
        near(warm.mixed(&cold, 0.02, 0.99), 5_500.0);
        near(warm.mixed(&cold, 1.0, 0.5), 5_500.0);
    }
}
