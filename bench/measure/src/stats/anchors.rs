//! Whether the same way, measured on several machines, took the same: the test that stands before figures of several machines
//! are shown in one table.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Figure;
use super::figure::{logarithms, mean};

/// How often machines that are equal are found to differ: in one merge of a hundred, over all pairs and figures.
const ERROR: f64 = 0.01;

/// Two figures of several that are known to differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart {
    /// Their indices, the larger figure's first.
    pub pair: [usize; 2],
    /// How many times larger it is: lower and upper bound, at the level of all pairs and figures together.
    pub ratio: [f64; 2],
}

/// The two figures of one way on several machines that differ the most beyond their interval; nothing where none do, or where
/// the rounds carry no interval. `figures_of_each` such tests are made of a machine, this one included.
///
/// The rounds' logarithms are taken for normal, disturbed alike on every machine, as an analysis of variance has it: one
/// standard deviation s from all rounds, with ν = Σ(nᵢ − 1) degrees of freedom. Two figures differ beyond
/// t(ν) · s · √(1/nᵢ + 1/nⱼ), with what is left for one of the m pairs and figures: 1 % / m (Bonferroni; Box, Hunter and Hunter,
/// *Statistics for Experimenters*, 2nd ed., §4.2). So whatever the number of machines, equal ones are taken for different in
/// at most 1 % of merges. A standard deviation for each pair alone (Welch) has two to four degrees of freedom at three rounds,
/// and of 64 machines it would find none that is half as fast.
#[must_use]
pub fn apart(figures: &[&Figure], figures_of_each: u32) -> Option<Apart> {
    if figures.len() < 2 {
        return None;
    }
    let rounds: Vec<Vec<f64>> = figures.iter().map(|figure| logarithms(&figure.rounds)).collect::<Option<_>>()?;
    let freedom: f64 = rounds.iter().map(|rounds| rounds.len() as f64 - 1.0).sum();
    let means: Vec<f64> = rounds.iter().map(|rounds| mean(rounds)).collect();
    let squares =
        rounds.iter().zip(&means).map(|(rounds, mean)| rounds.iter().map(|it| (it - mean).powi(2)).sum::<f64>());
    let deviation = (squares.sum::<f64>() / freedom).sqrt();
    let pairs = (figures.len() * figures.len().saturating_sub(1) / 2) as f64;
    let tail = ERROR / (pairs * f64::from(figures_of_each)) / 2.0;
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(1.0 - tail);
    let all = (0..figures.len()).flat_map(|a| (0..figures.len()).map(move |b| (a, b)));
    let excess = all.filter(|(a, b)| means[*a] > means[*b]).map(|(a, b)| {
        let each = 1.0 / rounds[a].len() as f64 + 1.0 / rounds[b].len() as f64;
        let (by, margin) = (means[a] - means[b], t * deviation * each.sqrt());
        (by - margin, Apart { pair: [a, b], ratio: [(by - margin).exp(), (by + margin).exp()] })
    });
    let most = excess.max_by(|a, b| a.0.total_cmp(&b.0));
    most.filter(|(excess, _)| *excess > 0.0).map(|(_, apart)| apart)
}

#[cfg(test)]
mod tests {
    use super::super::figure::tests::{DISTRIBUTIONS, Draws};
    use super::*;

    /// A machine: its mean over so many rounds, each disturbed by 5 %, and times a factor.
    fn machine(draws: &mut Draws, rounds: u32, call: super::super::figure::tests::Call, factor: f64) -> Figure {
        let run = draws.run(rounds, 51, call);
        Figure::of(run.iter().map(|round| round.mean_ms * factor)).expect("a figure")
    }

    /// The share of merges of so many machines, one of them slower by a factor, in which two are found to differ.
    fn refused(machines: usize, merges: u32, call: super::super::figure::tests::Call, factor: f64) -> f64 {
        let mut draws = Draws(fastrand::Rng::with_seed(20));
        let mut found = 0;
        for _ in 0..merges {
            let figures: Vec<_> = (0..machines)
                .map(|index| machine(&mut draws, 3, call, if index == 0 { factor } else { 1.0 }))
                .collect();
            let apart = apart(&figures.iter().collect::<Vec<_>>(), 1);
            found += u32::from(apart.is_some_and(|it| factor == 1.0 || it.pair[0] == 0));
        }
        f64::from(found) / f64::from(merges)
    }

    #[test]
    fn equal_machines_are_refused_in_one_merge_of_a_hundred_and_a_slower_one_is_found() {
        for (name, call, ..) in DISTRIBUTIONS {
            // Two standard errors of a share of 1 % in 2,000: 0.45 %.
            let share = refused(2, 2_000, call, 1.0);
            assert!(share <= 0.015, "{name}: {share} of pairs");
        }
        let normal = DISTRIBUTIONS[0].1;
        for machines in [8, 32] {
            let share = refused(machines, 500, normal, 1.0);
            assert!(share <= 0.02, "{share} of merges of {machines}");
        }
        // Rounds are disturbed by 5 %: a machine that takes half as long again is found among two, and among many.
        for machines in [2, 8, 32] {
            let share = refused(machines, 200, normal, 1.5);
            assert!(share >= 0.9, "{share} of {machines}");
        }
    }

    #[test]
    fn twenty_pairs_of_equal_machines_have_one_refusal_at_most() {
        let mut draws = Draws(fastrand::Rng::with_seed(1));
        let mut pair = || [0, 1].map(|_| machine(&mut draws, 3, DISTRIBUTIONS[2].1, 1.0));
        let refused = (0..20).filter(|_| apart(&pair().each_ref(), 2).is_some()).count();
        assert!(refused <= 1, "{refused}");
    }

    #[test]
    fn the_bound_is_students_t_of_all_rounds_together() {
        // s² = (2 · 0.01 + 2 · 0.01) / 4; t(4) at 0.5 % is 4.604; the margin 4.604 · 0.1 · √(2/3).
        let figure = |center: f64| Figure::of([-0.1, 0.0, 0.1].map(|it: f64| (center + it).exp())).expect("a figure");
        let margin = 4.604_09 * 0.1 * (2.0_f64 / 3.0).sqrt();
        let (one, near, far) = (figure(0.0), figure(margin - 1e-3), figure(margin + 1e-3));
        assert_eq!((apart(&[&one, &near], 1), apart(&[&one], 1), apart(&[], 1)), (None, None, None));
        let Some(Apart { pair, ratio: [low, high] }) = apart(&[&one, &far], 1) else { panic!("they differ") };
        assert_eq!(pair, [1, 0]);
        assert!((low.ln() - 1e-3).abs() < 1e-4 && (high.ln() - 2.0 * margin - 1e-3).abs() < 1e-4, "{low} {high}");
        // Two tests of each machine leave less to each; one round carries nothing.
        assert_eq!(apart(&[&one, &far], 2), None);
        let single = Figure::of([9.0]).expect("a figure");
        assert_eq!(apart(&[&single, &single], 1), None);
    }
}
