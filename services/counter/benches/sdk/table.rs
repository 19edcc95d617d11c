//! The table: medians, and the median of the rounds' ratios.

use super::measure::Call;

/// Prints one row.
pub(super) fn row(what: &str, rounds: &[(Call, Call)], value: impl Fn(&Call) -> f64) {
    let bare = median(rounds.iter().map(|(bare, _)| value(bare)));
    let ours = median(rounds.iter().map(|(_, ours)| value(ours)));
    let ratio = median(rounds.iter().map(|(bare, ours)| value(ours) / value(bare)));
    println!("| {what} | {bare:.1} | {ours:.1} | {ratio:.2} |");
}

/// The middle value; of an even number of values, the upper of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
