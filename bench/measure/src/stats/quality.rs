//! What a reader of a mean or an interval should know of the samples behind it: far outliers, and calls that follow one
//! another.

/// Samples far above the others, and how much of the time they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outliers {
    /// How many.
    pub count: u64,
    /// Their share of the sum of all.
    pub share_of_time: f64,
}

/// Samples above the third quartile by more than three times the distance of the quartiles (Tukey, *Exploratory Data
/// Analysis*, 1977, §2D: "far out"); nothing of fewer than four, which have no quartiles.
#[must_use]
pub fn outliers(samples: &[f64]) -> Option<Outliers> {
    if samples.len() < 4 {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (first, third) = (super::percentile(&sorted, 25.0), super::percentile(&sorted, 75.0));
    let fence = third + 3.0 * (third - first);
    let far = &sorted[sorted.partition_point(|sample| *sample <= fence)..];
    let sum = sorted.iter().sum::<f64>();
    let share_of_time = if sum > 0.0 { far.iter().sum::<f64>() / sum } else { 0.0 };
    Some(Outliers { count: far.len() as u64, share_of_time })
}

/// The correlation of each sample's rank with that of the next one: about 0 where calls are independent (Chatfield, *The
/// Analysis of Time Series*, 6th ed., §2.7; of ranks, so that a single outlier does not decide). Nothing where samples
/// don't vary, or are fewer than three.
#[must_use]
pub fn autocorrelation(samples: &[f64]) -> Option<f64> {
    if samples.len() < 3 {
        return None;
    }
    super::spearman(&samples[..samples.len() - 1], &samples[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_outliers_are_found_with_their_share_of_the_time() {
        let mut samples = vec![1.0; 40];
        samples.extend([1.1; 40]);
        samples.extend([1.2; 19]);
        assert_eq!(outliers(&samples), Some(Outliers { count: 0, share_of_time: 0.0 }));
        samples.push(12.7);
        let found = outliers(&samples).expect("enough samples");
        assert!(found.count == 1 && (found.share_of_time - 12.7 / 119.5).abs() < 1e-9, "{found:?}");
        assert_eq!(outliers(&[1.0, 2.0, 100.0]), None);
    }

    #[test]
    fn calls_that_follow_one_another_are_correlated_and_independent_ones_are_not() {
        let slow_half: Vec<f64> = (0..200).map(|index| if index < 100 { 1.0 } else { 2.0 }).collect();
        assert!(autocorrelation(&slow_half).expect("it varies") > 0.9);
        let mut random = fastrand::Rng::with_seed(1);
        let independent: Vec<f64> = (0..1_000).map(|_| random.f64()).collect();
        assert!(autocorrelation(&independent).expect("it varies").abs() < 0.1);
        let alternating: Vec<f64> = (0..200).map(|index| f64::from(index % 2)).collect();
        assert!(autocorrelation(&alternating).expect("it varies") < -0.9);
        assert_eq!((autocorrelation(&[1.0; 10]), autocorrelation(&[1.0, 2.0])), (None, None));
    }
}
