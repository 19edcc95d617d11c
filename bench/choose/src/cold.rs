//! The share of calls that meet a cold start, of calls that come at random at a steady rate: a closed form.
//!
//! One environment takes one call at a time, the one that was used last is taken first, and one that was idle for too long is
//! ended. So a call that finds *j* − 1 others takes the environment that was set free when their number last fell from *j*
//! to *j* − 1: it is cold if that was too long ago. The number of calls under way is that of M/M/∞, which is Poisson, and
//! how long it stays below *j* is the time of first passage from *j* − 1 to *j* of that birth-death process, whose Laplace
//! transform is a recurrence (Keilson, *Markov Chain Models: Rarity and Exponentiality*, 1979, §5). It is inverted by
//! Gaver's and Stehfest's method (H. Stehfest, "Algorithm 368", CACM 13, 1970).
//!
//! With one environment it is exp(−rate × idle time). `model::simulate` plays the same with durations that are no exponential.

use std::f64::consts::LN_2;
use std::sync::LazyLock;

/// Terms of the inversion: an even number; with more the rounding of `f64` shows.
const TERMS: usize = 14;

/// The probability of a number of calls under way from which on more are not looked at.
const RARE: f64 = 1e-12;

/// The share of calls that find no environment.
///
/// `per_second` calls come at random, each takes an environment for `busy_s` on average, and an idle one stays for
/// `keep_idle_s`.
#[must_use]
pub fn cold_share(per_second: f64, busy_s: f64, keep_idle_s: f64) -> f64 {
    let ends_per_second = 1.0 / busy_s;
    let offered = per_second * busy_s;
    // The transform's argument of each term.
    let at: Vec<f64> = (1..=TERMS).map(|term| term as f64 * LN_2 / keep_idle_s).collect();
    // 1 − the transform of the first passage, from 0 to 1 at first: without cancellation.
    let mut stays: Vec<f64> = at.iter().map(|s| s / (per_second + s)).collect();
    let (mut log_probability, mut share, mut others) = (-offered, 0.0, 0_u32);
    loop {
        let probability = log_probability.exp();
        let survives: f64 =
            WEIGHTS.iter().zip(stays.iter().zip(&at)).map(|(weight, (stays, s))| weight * stays / s).sum();
        share += probability * (survives * LN_2 / keep_idle_s).clamp(0.0, 1.0);
        if f64::from(others) > offered && probability < RARE {
            return share.min(1.0);
        }
        others += 1;
        let ends = f64::from(others) * ends_per_second;
        for (stays, s) in stays.iter_mut().zip(&at) {
            let falls = s + ends * *stays;
            *stays = falls / (per_second + falls);
        }
        log_probability += (offered / f64::from(others)).ln();
    }
}

/// Stehfest's weights.
static WEIGHTS: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let factorial = |n: usize| (1..=n).map(|factor| factor as f64).product::<f64>();
    let half = TERMS / 2;
    let weight = |term: usize| {
        let sum: f64 = (term.div_ceil(2)..=term.min(half))
            .map(|k| {
                (k as f64).powi(half as i32) * factorial(2 * k)
                    / (factorial(half - k)
                        * factorial(k)
                        * factorial(k - 1)
                        * factorial(term - k)
                        * factorial(2 * k - term))
            })
            .sum();
        if (term + half).is_multiple_of(2) { sum } else { -sum }
    };
    (1..=TERMS).map(weight).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_never_meet_find_their_one_environment_unless_they_come_too_late() {
        for per_second in [1e-6, 1e-4, 1e-3, 3e-3] {
            let (is, should) = (cold_share(per_second, 1e-4, 300.0), f64::exp(-per_second * 300.0));
            assert!((is / should - 1.0).abs() < 1e-3, "{per_second}: {is} instead of {should}");
        }
    }

    #[test]
    fn more_calls_never_meet_more_cold_starts_than_all_or_less_than_none() {
        for per_second in [1e-9, 0.01, 1.0, 100.0, 10_000.0] {
            let share = cold_share(per_second, 0.05, 300.0);
            assert!((0.0..=1.0).contains(&share), "{per_second}: {share}");
        }
        assert!(cold_share(1e-9, 0.05, 300.0) > 0.999_999);
        assert!(cold_share(10_000.0, 0.05, 300.0) < 1e-4);
    }

    #[test]
    fn an_environment_that_stays_for_longer_is_found_more_often() {
        for per_second in [0.001, 0.1, 1.0, 30.0] {
            assert!(cold_share(per_second, 0.05, 900.0) < cold_share(per_second, 0.05, 300.0), "{per_second}");
        }
    }
}
