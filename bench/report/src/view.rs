//! The view model of a run: one row for each way, one column for each quantity, and the tables that show some of them.
//! It has values, not texts: an exporter decides what a value looks like, for example as [`Unit::text`].

use serde::Serialize;

use crate::numbers::{decimals, first_digit, rounded, usd};

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// What a run shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Every quantity, in order.
    pub columns: Vec<Column>,
    /// One row for each way, its cells in the order of the columns.
    pub rows: Vec<Row>,
    /// What is shown beside each other.
    pub tables: Vec<Table>,
    /// Why ways have no figures, and ways that are not measured yet.
    pub unmeasured: Vec<Note>,
    /// What a reader of the figures should know.
    pub warnings: Vec<Note>,
}

/// A quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// A name for machines: words and units joined by `_`.
    pub key: &'static str,
    /// What its values are counted in.
    pub unit: Unit,
}

/// What values are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Words.
    Text,
    /// Milliseconds.
    Milliseconds,
    /// Milliseconds that are predicted: two digits are what a prediction carries.
    Predicted,
    /// Milliseconds that somebody published, as they did.
    Published,
    /// US dollars.
    UsDollars,
    /// Calls in a second.
    CallsPerSecond,
    /// Bytes, shown in MiB.
    Bytes,
    /// A share of 1, shown in per cent.
    Share,
    /// A share of 1 more or less, shown in per cent with its sign.
    Deviation,
    /// A multiple of another row's value.
    Ratio,
    /// A number of things.
    Count,
}

/// One way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name, and where it was measured on AWS the deployment's.
    pub name: String,
    /// Its values.
    pub cells: Vec<Cell>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// There is none.
    Absent,
    /// Words.
    Text(String),
    /// A number.
    Figure(Figure),
}

/// A number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub value: f64,
    /// Its 95 % confidence interval; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The rows further down from which it is not known to differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alike: Vec<String>,
    /// Whether it is not what its column promises: a warning has the reason.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubtful: bool,
}

/// Quantities that are shown beside each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// What it shows; none of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The title of the first column, which has the rows' names.
    pub name: &'static str,
    /// The quantities by their keys, each with the title of its column.
    pub columns: Vec<(&'static str, &'static str)>,
    /// Whether intervals are shown.
    pub intervals: bool,
    /// Whether rows without any of the quantities are shown.
    pub all_rows: bool,
    /// What the columns mean, line by line.
    pub legend: Vec<String>,
}

/// A remark on some ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The remark.
    pub text: String,
    /// The ways that it is about; all where none is named.
    pub ways: Vec<String>,
}

impl Unit {
    /// A value in it, as a person reads it.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Milliseconds | Self::CallsPerSecond | Self::Predicted | Self::Ratio => two_digits(value),
            Self::Text | Self::Published => value.to_string(),
            Self::UsDollars => usd(value),
            Self::Count => format!("{value:.0}"),
            Self::Bytes => format!("{:.1}", value / MEBIBYTE),
            Self::Share if value > 0.0 && value < 0.001 => "<0.1 %".to_owned(),
            Self::Share if value == 0.0 => "0".to_owned(),
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Deviation => format!("{:+.0} %", value * 100.0),
        }
    }

    /// A value, and the ends of its interval, to the digits that the interval leaves; one of each at least.
    #[must_use]
    pub fn texts(self, value: f64, [low, high]: [f64; 2]) -> [String; 3] {
        if self == Self::Predicted {
            return [value, low, high].map(two_digits);
        }
        let common = if high > low { decimals((high - low) / 2.0) } else { self.decimals_max() };
        [value, low, high].map(|it| rounded(it, common.max(first_digit(it)).min(self.decimals_max())))
    }

    /// Beyond a tenth of a microsecond, a thousandth of another row, and whole calls, is nothing to see.
    fn decimals_max(self) -> i32 {
        match self {
            Self::Milliseconds => 4,
            Self::Ratio => 3,
            _ => 0,
        }
    }
}

/// Rounded to two significant digits: `0.84`, `7.3`, `21`, `190`. What has no interval of rounds carries no more.
fn two_digits(value: f64) -> String {
    let digits = if value > 0.0 && value.is_finite() { value.log10().floor() as i32 } else { 0 };
    let unit = 10_f64.powi(digits - 1);
    let rounded = (value / unit).round() * unit;
    // Rounding up may add a digit: 9.96 is 10.
    let decimals = if rounded > 0.0 { (1 - (rounded * (1.0 + 1e-9)).log10().floor() as i32).max(0) } else { 0 };
    format!("{rounded:.*}", usize::try_from(decimals).unwrap_or(0))
}

impl Cell {
    /// A number without an interval.
    #[must_use]
    pub fn number(value: f64) -> Self {
        Self::with_interval(value, None)
    }

    /// A number with its interval, if it has one.
    #[must_use]
    pub fn with_interval(value: f64, interval: Option<[f64; 2]>) -> Self {
        Self::Figure(Figure { value, interval, alike: Vec::new(), doubtful: false })
    }

    /// The same, marked where it is not what its column promises.
    #[must_use]
    pub fn doubtful_if(self, doubtful: bool) -> Self {
        match self {
            Self::Figure(figure) => Self::Figure(Figure { doubtful, ..figure }),
            other => other,
        }
    }

    /// The same, with the rows further down from which it is not known to differ.
    #[must_use]
    pub fn alike(self, alike: Vec<String>) -> Self {
        match self {
            Self::Figure(figure) => Self::Figure(Figure { alike, ..figure }),
            other => other,
        }
    }

    /// Yes or no.
    #[must_use]
    pub fn yes_no(yes: bool) -> Self {
        Self::Text(if yes { "yes" } else { "no" }.to_owned())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

impl From<&measure::stats::Figure> for Cell {
    fn from(figure: &measure::stats::Figure) -> Self {
        Self::with_interval(figure.value, figure.ci95)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::number(value)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Report {
    /// A row's value of a quantity.
    #[must_use]
    pub fn cell<'a>(&self, row: &'a Row, key: &str) -> (&'a Cell, Unit) {
        const ABSENT: &Cell = &Cell::Absent;
        match self.columns.iter().position(|column| column.key == key) {
            Some(index) => (row.cells.get(index).unwrap_or(ABSENT), self.columns[index].unit),
            None => (ABSENT, Unit::Text),
        }
    }

    /// The rows that a table shows.
    pub fn rows_of<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a Row> {
        self.rows
            .iter()
            .filter(|row| table.all_rows || table.columns.iter().any(|(key, _)| *self.cell(row, key).0 != Cell::Absent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_to_the_digits_of_their_unit() {
        for (unit, value, text) in [
            (Unit::Milliseconds, 0.0639, "0.064"),
            (Unit::Milliseconds, 83.21, "83"),
            (Unit::CallsPerSecond, 159_873.0, "160000"),
            (Unit::Predicted, 0.8381, "0.84"),
            (Unit::Predicted, 7.25, "7.3"),
            (Unit::Predicted, 9.96, "10"),
            (Unit::Predicted, 20.9, "21"),
            (Unit::Predicted, 437.9, "440"),
            (Unit::Predicted, 0.0, "0"),
            (Unit::Share, 0.0, "0"),
            (Unit::Share, 0.000_02, "<0.1 %"),
            (Unit::Share, 1.0 / 3.0, "33.3 %"),
            (Unit::Deviation, -0.14, "-14 %"),
            (Unit::Bytes, 6.0 * MEBIBYTE, "6.0"),
            (Unit::Published, 13.0, "13"),
        ] {
            assert_eq!(unit.text(value), text);
        }
    }

    #[test]
    fn a_figure_with_an_interval_is_shown_to_the_digits_that_it_leaves() {
        for (unit, value, interval, texts) in [
            (Unit::Milliseconds, 0.0641, [0.0588, 0.0699], ["0.064", "0.059", "0.070"]),
            (Unit::Milliseconds, 0.0641, [0.0632, 0.0655], ["0.0641", "0.0632", "0.0655"]),
            (Unit::Milliseconds, 232.4, [220.1, 245.2], ["232", "220", "245"]),
            (Unit::CallsPerSecond, 159_873.0, [151_500.0, 168_700.0], ["160000", "152000", "169000"]),
            // Each has a digit of its own at least.
            (Unit::Milliseconds, 0.3, [0.01, 9.2], ["0.3", "0.01", "9"]),
            (Unit::Milliseconds, 1.0, [1.0, 1.0], ["1.0000", "1.0000", "1.0000"]),
        ] {
            assert_eq!(unit.texts(value, interval), texts);
        }
    }
}
