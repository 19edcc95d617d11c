//! A figure of a run from its rounds. What disturbs a round (another start, a neighbour, the day) multiplies its times, and
//! it disturbs all calls of the round alike: a round counts as one observation, however many calls it has (Kalibera and
//! Jones, "Rigorous benchmarking in reasonable time", ISMM 2013). So a figure is the geometric mean of its rounds'
//! values, and its interval is Student's t over their logarithms. A bootstrap of three rounds would draw from ten
//! different samples only, and cover too seldom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{TAIL, t_margin};

/// A figure: one value, from one of each round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The geometric mean of the rounds' values.
    pub value: f64,
    /// 95 % confidence interval, lower and upper bound: Student's t over the logarithms of the rounds' values; absent of
    /// a single round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci95: Option<[f64; 2]>,
    /// The value of each round, in order.
    pub rounds: Vec<f64>,
}

impl Figure {
    /// The figure of rounds; nothing of none, or where a value is not above 0.
    #[must_use]
    pub fn of(rounds: impl IntoIterator<Item = f64>) -> Option<Self> {
        let rounds: Vec<f64> = rounds.into_iter().collect();
        let logarithms = logarithms(&rounds)?;
        let center = mean(&logarithms);
        let ci95 = t_margin(&logarithms).map(|margin| [(center - margin).exp(), (center + margin).exp()]);
        // Of a single round it is that round's, to the last digit.
        let value = if let [only] = rounds.as_slice() { *only } else { center.exp() };
        Some(Self { value, ci95, rounds })
    }

    /// The 95 % confidence interval of this figure as a multiple of another one, both of the same run: Student's t over
    /// the logarithms of the ratios, round by round. The rounds of a run are interleaved over the ways, so that the same
    /// round of two ways saw the same machine: a comparison in pairs, which leaves out what disturbed both (Box, Hunter
    /// and Hunter, *Statistics for Experimenters*, 2nd ed., §3.2). Nothing of fewer than two rounds.
    #[must_use]
    pub fn ratio_ci95(&self, other: &Self) -> Option<[f64; 2]> {
        self.over(other)?.ci95
    }

    /// This figure as a multiple of another one of the same run, round by round.
    #[must_use]
    pub fn over(&self, other: &Self) -> Option<Self> {
        Self::of(self.rounds.iter().zip(&other.rounds).map(|(a, b)| a / b))
    }

    /// Whether this figure is known to differ from one of another run, whose rounds are in no pairs with its own: 1 is not in
    /// the 95 % confidence interval of their ratio, Welch's t over the logarithms of the rounds' values (Welch 1947,
    /// Biometrika 34). Nothing where one has a single round.
    #[must_use]
    pub fn differs_from_another_runs(&self, other: &Self) -> Option<bool> {
        let [(mean, error), (other_mean, other_error)] = [self.logarithm()?, other.logarithm()?];
        let error = error.zip(other_error).map(|(a, b)| (a * a + b * b, [a, b]))?;
        let (variance, parts) = error;
        if variance == 0.0 {
            return Some(mean != other_mean);
        }
        let each =
            parts.iter().zip([self, other]).map(|(part, figure)| part.powi(4) / (figure.rounds.len() as f64 - 1.0));
        let freedom = variance * variance / each.sum::<f64>();
        let t = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(1.0 - TAIL);
        Some((mean - other_mean).abs() > t * variance.sqrt())
    }

    /// The mean of the logarithms of the rounds' values, and its standard error; none of a single round.
    fn logarithm(&self) -> Option<(f64, Option<f64>)> {
        let logarithms = logarithms(&self.rounds)?;
        let (count, center) = (logarithms.len() as f64, mean(&logarithms));
        let squares: f64 = logarithms.iter().map(|it| (it - center).powi(2)).sum();
        Some((center, (logarithms.len() > 1).then(|| (squares / (count - 1.0) / count).sqrt())))
    }

    /// Whether this figure is known to differ from another one of the same run: 1 is not in the interval of their ratio.
    /// Nothing where there is none.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Option<bool> {
        self.ratio_ci95(other).map(|[low, high]| low > 1.0 || high < 1.0)
    }
}

/// Nothing where there are none, or one of them has no logarithm.
pub(super) fn logarithms(values: &[f64]) -> Option<Vec<f64>> {
    let all_positive = !values.is_empty() && values.iter().all(|value| value.is_finite() && *value > 0.0);
    all_positive.then(|| values.iter().map(|value| value.ln()).collect())
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::stats::Summary;

    /// Simulated runs: enough for the share that an interval covers to be known to half a per cent.
    const RUNS: u32 = 2_000;

    /// The standard deviation of what disturbs a round, as a share of the times.
    const DISTURBANCE: f64 = 0.05;

    fn close(got: f64, wanted: f64) -> bool {
        (got / wanted - 1.0).abs() < 1e-4
    }

    #[test]
    fn a_figure_is_the_geometric_mean_of_its_rounds_with_students_t() {
        // Logarithms to base 2: 0, 1, 2. Their mean is 1, their standard deviation 1, and t with two degrees of freedom
        // 4.30265: the interval is 2 to the power of 1 ± 4.30265 / √3.
        let figure = Figure::of([1.0, 2.0, 4.0]).expect("a figure");
        let margin = 4.302_65 / 3_f64.sqrt();
        let [low, high] = figure.ci95.expect("an interval");
        assert!(close(figure.value, 2.0), "{figure:?}");
        assert!(close(low, (1.0 - margin).exp2()) && close(high, (1.0 + margin).exp2()), "{figure:?}");
    }

    #[test]
    fn one_round_carries_no_interval_and_what_is_not_above_zero_no_figure() {
        assert_eq!(Figure::of([7.0]).map(|figure| figure.ci95), Some(None));
        for rounds in [&[][..], &[0.0, 1.0], &[-1.0], &[f64::NAN, 1.0], &[f64::INFINITY]] {
            assert_eq!(Figure::of(rounds.iter().copied()), None, "{rounds:?}");
        }
    }

    #[test]
    fn what_disturbs_both_ways_alike_does_not_hide_their_difference() {
        // Each round is another machine, but the second way takes 10 to 12 % longer in all of them.
        let one = Figure::of([1.0, 2.0, 4.0]).expect("a figure");
        let other = Figure::of([1.10, 2.24, 4.44]).expect("a figure");
        assert_eq!(
            (other.differs(&one), one.differs(&other), one.differs(&one)),
            (Some(true), Some(true), Some(false))
        );
        let [low, high] = other.ratio_ci95(&one).expect("an interval");
        assert!(1.08 < low && low < 1.11 && 1.11 < high && high < 1.14, "{low} {high}");
        // The same rounds in another order are not known to differ.
        assert_eq!(one.differs(&Figure::of([4.0, 1.0, 2.0]).expect("a figure")), Some(false));
        assert_eq!(one.differs(&Figure::of([1.0]).expect("a figure")), None);
    }

    /// Draws by a distribution's inverse, from a seed of its own.
    pub(in crate::stats) struct Draws(pub(in crate::stats) fastrand::Rng);

    impl Draws {
        fn uniform(&mut self) -> f64 {
            (f64::from(self.0.u32(..)) + 0.5) / (f64::from(u32::MAX) + 1.0)
        }

        /// Box and Muller 1958.
        fn normal(&mut self) -> f64 {
            (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
        }

        /// A run: so many rounds, each disturbed by its own factor, of so many calls by a distribution.
        pub(in crate::stats) fn run(&mut self, rounds: u32, calls: u32, call: Call) -> Vec<Summary> {
            let mut round = || {
                let disturbance = (DISTURBANCE * self.normal()).exp();
                let calls = (0..calls).map(|_| std::time::Duration::from_secs_f64(call(self) * disturbance / 1e3));
                Summary::of(&calls.collect::<Vec<_>>()).expect("samples")
            };
            (0..rounds).map(|_| round()).collect()
        }
    }

    /// A latency in ms.
    pub(in crate::stats) type Call = fn(&mut Draws) -> f64;

    /// A distribution, its mean and its median.
    pub(in crate::stats) const DISTRIBUTIONS: [(&str, Call, f64, f64); 4] = [
        ("normal", |it| 1.0 + 0.1 * it.normal(), 1.0, 1.0),
        ("exponential", |it| -it.uniform().ln(), 1.0, std::f64::consts::LN_2),
        // σ = 0.5: its mean is e^(σ²/2).
        ("lognormal", |it| (0.5 * it.normal()).exp(), 1.133_148, 1.0),
        // Two groups, as client and server on one core or on two: 0.5 and 1.5 at 30 and 70 %, each ± 10 %. The median is
        // that of the slow group from which 20 of 70 are below it: 1.5 - 0.15 · 0.565 949.
        ("two groups", two_groups, 1.2, 1.415_108),
    ];

    fn two_groups(it: &mut Draws) -> f64 {
        let center = if it.uniform() < 0.3 { 0.5 } else { 1.5 };
        center * (1.0 + 0.1 * it.normal())
    }

    #[test]
    fn intervals_cover_the_true_value_in_95_percent_of_simulated_runs() {
        for rounds in [3, 5] {
            for (name, call, true_mean, true_p50) in DISTRIBUTIONS {
                let mut draws = Draws(fastrand::Rng::with_seed(14));
                let (mut mean, mut p50) = (0, 0);
                for _ in 0..RUNS {
                    let run = draws.run(rounds, 101, call);
                    let covers = |value: fn(&Summary) -> f64, wanted: f64| {
                        let [low, high] =
                            Figure::of(run.iter().map(value)).expect("a figure").ci95.expect("an interval");
                        u32::from(low <= wanted && wanted <= high)
                    };
                    mean += covers(|round| round.mean_ms, true_mean);
                    p50 += covers(|round| round.p50_ms, true_p50);
                }
                for (figure, covered) in [("mean", mean), ("p50", p50)] {
                    let share = f64::from(covered) / f64::from(RUNS);
                    assert!((0.93..=0.97).contains(&share), "{figure} of {rounds} rounds, {name}: {share}");
                }
            }
        }
    }

    #[test]
    fn figures_of_two_runs_differ_by_welchs_t() {
        // Logarithms to base 2: 0, 1, 2 against 10, 10.5, 11, 11.5. Their means are 9.75 apart.
        let one = Figure::of([1.0, 2.0, 4.0]).expect("a figure");
        let other = Figure::of([10.0, 10.5, 11.0, 11.5].map(f64::exp2)).expect("a figure");
        assert_eq!(
            (one.differs_from_another_runs(&other), one.differs_from_another_runs(&one)),
            (Some(true), Some(false))
        );
        assert_eq!(one.differs_from_another_runs(&Figure::of([8.0]).expect("a figure")), None);
        // Welch's own error: in equal runs of different numbers of rounds he errs in 5 %.
        let mut draws = Draws(fastrand::Rng::with_seed(20));
        let mut differ = 0;
        for _ in 0..RUNS {
            let [one, other] = [3, 5].map(|rounds| {
                Figure::of(draws.run(rounds, 11, |it| 1.0 + 0.1 * it.normal()).iter().map(|it| it.mean_ms))
            });
            let differs = one.zip(other).and_then(|(one, other)| one.differs_from_another_runs(&other));
            differ += u32::from(differs.expect("rounds"));
        }
        let share = f64::from(differ) / f64::from(RUNS);
        assert!((0.03..=0.07).contains(&share), "{share}");
    }

    #[test]
    fn the_intervals_of_two_simulated_runs_overlap_in_more_than_95_percent_and_equals_seldom_differ() {
        for (name, call, ..) in DISTRIBUTIONS {
            let mut draws = Draws(fastrand::Rng::with_seed(41));
            let (mut apart, mut differ) = (0, 0);
            for _ in 0..RUNS {
                let mut figure =
                    || Figure::of(draws.run(3, 101, call).iter().map(|round| round.p50_ms)).expect("a figure");
                let (one, other) = (figure(), figure());
                let ([low, high], [other_low, other_high]) = (one.ci95.expect("one"), other.ci95.expect("one"));
                apart += u32::from(high < other_low || other_high < low);
                differ += u32::from(one.differs(&other) == Some(true));
            }
            let share = |count: u32| f64::from(count) / f64::from(RUNS);
            assert!(share(apart) < 0.05, "{name}: {}", share(apart));
            assert!((0.03..=0.07).contains(&share(differ)), "{name}: {}", share(differ));
        }
    }
}
