//! Figures of a choice as a person reads them, and where they are from.

use choose::{Demands, Figure};
use prices::Snapshot;

use crate::numbers::usd;
use crate::view::Unit;

/// Where the figures of a choice are from.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    /// What services need.
    pub demands: &'a Demands,
    /// Which run has them; nothing where they are those that are built in.
    pub run: Option<String>,
    /// What AWS charges.
    pub prices: &'a Snapshot,
    /// The seed of what was played.
    pub seed: u64,
}

impl Sources<'_> {
    /// In a paragraph.
    pub(super) fn text(&self) -> String {
        let from = match &self.run {
            Some(run) => format!("measured in {run}"),
            None => "built in; measure yours by `lab bench --profile aws`".to_owned(),
        };
        let Demands { measured_at, lab, machine, .. } = self.demands;
        let (region, date, seed) = (&self.prices.region, self.prices.date, self.seed);
        wrapped(&format!(
            "Demands of services: {from} ({measured_at}, lab {lab}, on {machine}). Prices of {region}, {date}, without tax, free \
             tier and network traffic. Seed {seed}. Nothing here was measured on AWS: latencies (~) are predicted, for a client in \
             the region; [low–high] is what the assumptions make of a figure, no confidence interval."
        ))
    }
}

/// How wide a line of a paragraph is, in characters: where the legends of other tables end.
const WIDTH: usize = 118;

/// A paragraph in lines, the last one ended.
pub(super) fn wrapped(text: &str) -> String {
    let (mut lines, mut width) = (String::new(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            lines.push('\n');
            width = 0;
        } else if width > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += length;
    }
    lines + "\n"
}

/// Milliseconds that are predicted, to two digits.
pub(super) fn ms(value: f64) -> String {
    Unit::Predicted.texts(value, [value, value])[0].clone()
}

/// The same with their range.
pub(super) fn ms_range(figure: Figure) -> String {
    let [value, low, high] = Unit::Predicted.texts(figure.value, [figure.low, figure.high]);
    format!("{value} [{low}–{high}]")
}

/// A change in milliseconds, with its sign.
pub(super) fn ms_change(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    if value.abs() < 0.005 { "0".to_owned() } else { format!("{sign}{}", ms(value.abs())) }
}

/// Dollars with their range, where it has a width at that many digits.
pub(super) fn usd_range(figure: Figure) -> String {
    let [value, low, high] = [figure.value, figure.low, figure.high].map(usd);
    if low == high { value } else { format!("{value} [{low}–{high}]") }
}

/// A change in dollars, with its sign.
pub(super) fn usd_change(value: f64) -> String {
    let text = usd(value.abs());
    match text.as_str() {
        "0" => text,
        _ if value < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

/// A share in per cent, to two digits; `< 0.01` below.
pub(crate) fn percent(share: f64) -> String {
    match share {
        share if share <= 0.0 => "0".to_owned(),
        share if share < 1e-4 => "< 0.01".to_owned(),
        share => ms(share * 100.0),
    }
}

/// The same with its range, where it has a width at that many digits.
pub(super) fn percent_range(figure: Figure) -> String {
    let [value, low, high] = [figure.value, figure.low, figure.high].map(percent);
    if low == high { value } else { format!("{value} [{low}–{high}]") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_wrapped_between_words_and_loses_none() {
        let text = "ab cde ".repeat(100);
        let lines = wrapped(&text);
        assert!(lines.lines().all(|line| line.chars().count() <= WIDTH) && lines.lines().count() == 6, "{lines}");
        assert_eq!(lines.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn shares_and_changes_have_two_digits_and_signs() {
        assert_eq!([0.0, 0.000_05, 0.0031, 0.126, 1.0].map(percent), ["0", "< 0.01", "0.31", "13", "100"]);
        assert_eq!([-12.4, 0.0, 3.21].map(ms_change), ["−12", "0", "+3.2"]);
        assert_eq!([-1.0, 0.0, 0.0023].map(usd_change), ["−1.00", "0", "+0.0023"]);
        let figure = Figure { value: 12.0, low: 12.0, high: 13.4 };
        assert_eq!((ms_range(figure), usd_range(figure)), ("12 [12–13]".to_owned(), "12.00 [12.00–13.40]".to_owned()));
    }
}
