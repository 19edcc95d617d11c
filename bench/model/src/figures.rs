//! Percentiles of what was simulated.

/// A figure's range: what comes out with the assumptions at their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Range {
    /// From what came out at the ends. The figure itself is in it: fewer draws may have moved the ends beyond it.
    #[must_use]
    pub fn around(figure: f64, low: f64, high: f64) -> Self {
        Self { low: low.min(figure), high: high.max(figure) }
    }
}

/// Times in milliseconds. A percentile is the nearest rank: the smallest of the values that such a share is not above.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// How many values there are.
    pub count: u64,
    /// Their mean.
    pub mean_ms: f64,
    /// The smallest.
    pub min_ms: f64,
    /// Their median.
    pub p50_ms: f64,
    /// Their 90th percentile.
    pub p90_ms: f64,
    /// Their 99th percentile.
    pub p99_ms: f64,
    /// The largest.
    pub max_ms: f64,
}

impl Figures {
    /// Of these values, whose order is lost; nothing of none.
    #[must_use]
    pub fn of(values_ms: &mut [f32]) -> Option<Self> {
        let count = values_ms.len();
        let (min, max) = values_ms
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &value| (min.min(value), max.max(value)));
        let sum: f64 = values_ms.iter().map(|&value| f64::from(value)).sum();
        let mut rest = values_ms;
        // From above, each within what is left below the one before.
        let mut percentile = |percent: usize| {
            let rank = (count * percent).div_ceil(100).checked_sub(1)?;
            let (below, &mut value, _) = std::mem::take(&mut rest).select_nth_unstable_by(rank, f32::total_cmp);
            // The value itself belongs to what is left, where the next rank is the same.
            rest = below;
            Some((rank, f64::from(value)))
        };
        let (mut found, mut last) = ([0.0; 3], None);
        for (slot, percent) in found.iter_mut().zip([99, 90, 50]) {
            let rank = (count * percent).div_ceil(100).checked_sub(1)?;
            *slot = match last {
                Some((same, value)) if same == rank => value,
                _ => {
                    last = percentile(percent);
                    last?.1
                }
            };
        }
        let [p99_ms, p90_ms, p50_ms] = found;
        let (min_ms, max_ms) = (f64::from(min), f64::from(max));
        Some(Self { count: count as u64, mean_ms: sum / count as f64, min_ms, p50_ms, p90_ms, p99_ms, max_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut values: Vec<f32> = (1..=200_u16).rev().map(f32::from).collect();
        let figures = Figures::of(&mut values).unwrap();
        let expected = Figures {
            count: 200,
            mean_ms: 100.5,
            min_ms: 1.0,
            p50_ms: 100.0,
            p90_ms: 180.0,
            p99_ms: 198.0,
            max_ms: 200.0,
        };
        assert_eq!(figures, expected);
        let one = Figures::of(&mut [7.0]).unwrap();
        assert_eq!((one.p50_ms, one.p90_ms, one.p99_ms), (7.0, 7.0, 7.0));
        assert_eq!(Figures::of(&mut []), None);
    }
}
