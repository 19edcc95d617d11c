//! One row of the table: medians over interleaved rounds, and whether the bar is met.

use super::client::Load;

/// Prints one row; whether its bar is met.
pub(super) fn row(
    connections: usize,
    what: &str,
    rounds: &[(Load, Load)],
    value: impl Fn(&Load) -> f64,
    bar: Option<f64>,
    more_is_better: bool,
) -> bool {
    let bare = median(rounds.iter().map(|(bare, _)| value(bare)));
    let ours = median(rounds.iter().map(|(_, ours)| value(ours)));
    let slower = median(rounds.iter().map(|(bare, ours)| match more_is_better {
        true => value(bare) / value(ours),
        false => value(ours) / value(bare),
    }));
    let shown = bar.map_or_else(String::new, |bar| format!("{bar:.2}"));
    println!("| {connections} | {what} | {bare:.1} | {ours:.1} | {slower:.3} | {shown} |");
    bar.is_none_or(|bar| slower <= bar)
}

/// The middle value; of an even number of values, the upper of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
