//! What changed from one run to another: figures whose intervals have nothing in common, verdicts, costs, and ways that only
//! one of them has. Two runs are not compared round by round: they saw different machines, or different days.

use measure::run::Run;

use crate::merged::machines;
use crate::view::{Cell, Report, Unit};

/// A change of one quantity of one way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The row.
    pub(crate) name: String,
    /// The quantity's title, with its table's.
    pub(crate) quantity: String,
    /// Before and now, as a person reads it.
    pub(crate) texts: [String; 2],
    /// How much more it is now, as a share; absent of words.
    pub(crate) by: Option<f64>,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Changes {
    /// In the order of rows and quantities.
    pub(crate) list: Vec<Change>,
    /// Quantities with an interval in both runs, and quantities that could not be compared for want of one.
    pub(crate) compared: usize,
    pub(crate) without_interval: usize,
    /// Rows that only the earlier, or only the later, one has.
    pub(crate) only_before: Vec<String>,
    pub(crate) only_now: Vec<String>,
}

impl Changes {
    /// From one report to another, over what their tables show.
    pub(crate) fn of(before: &Report, now: &Report) -> Self {
        let mut changes = Self::default();
        let only = |of: &Report, other: &Report| {
            let names = of.rows.iter().map(|row| &row.name);
            names.filter(|name| other.rows.iter().all(|row| row.name != **name)).cloned().collect::<Vec<_>>()
        };
        (changes.only_before, changes.only_now) = (only(before, now), only(now, before));
        for row in &now.rows {
            let Some(old) = before.rows.iter().find(|old| old.name == row.name) else { continue };
            for table in &now.tables {
                for (key, title) in &table.columns {
                    let ((was, _), (is, unit)) = (before.cell(old, key), now.cell(row, key));
                    let title = table.title.as_ref().map_or((*title).to_owned(), |of| format!("{of}: {title}"));
                    changes.compare(&row.name, title, [was, is], unit);
                }
            }
        }
        changes
    }

    fn compare(&mut self, name: &str, quantity: String, [was, is]: [&Cell; 2], unit: Unit) {
        let changed = |texts: [String; 2], by: Option<f64>| {
            self.list.push(Change { name: name.to_owned(), quantity, texts, by });
        };
        match (was, is) {
            (Cell::Figure(old), Cell::Figure(new)) => {
                let by = (old.value != 0.0).then(|| new.value / old.value - 1.0);
                match (old.interval, new.interval) {
                    (Some(before), Some(now)) => {
                        self.compared += 1;
                        if now[0] > before[1] || now[1] < before[0] {
                            let text = |value, interval| {
                                let [value, low, high] = unit.texts(value, interval);
                                format!("{value} [{low}–{high}]")
                            };
                            changed([text(old.value, before), text(new.value, now)], by);
                        }
                    }
                    // Exact values: what is shown of them is all there is to differ.
                    _ if matches!(unit, Unit::UsDollars | Unit::Share | Unit::Published) => {
                        let texts = [old.value, new.value].map(|value| unit.text(value));
                        if texts[0] != texts[1] {
                            changed(texts, by);
                        }
                    }
                    _ => self.without_interval += 1,
                }
            }
            (Cell::Text(old), Cell::Text(new)) if old != new => changed([old.clone(), new.clone()], None),
            (Cell::Absent, Cell::Absent) | (Cell::Text(_), Cell::Text(_)) => {}
            _ => {
                let text = |cell: &Cell| match cell {
                    Cell::Absent => "–".to_owned(),
                    Cell::Text(text) => text.clone(),
                    Cell::Figure(figure) => unit.text(figure.value),
                };
                changed([text(was), text(is)], None);
            }
        }
    }
}

/// Whether two runs were measured on the same machine by the same plan: where not, a change may be theirs.
pub(crate) fn caveats(before: &Run, now: &Run) -> Vec<String> {
    let mut caveats = Vec::new();
    let mut differ = |what: &str, was: String, is: String| {
        if was != is {
            caveats.push(format!("{what}: {was} before, {is} now"));
        }
    };
    let machine = |run: &Run| machines(run).join("; ");
    differ("another machine", machine(before), machine(now));
    let version = |run: &Run| format!("{} {}", run.lab.version, run.lab.commit.as_deref().unwrap_or("of no commit"));
    differ("another lab", version(before), version(now));
    let plan = |run: &Run| {
        let it = &run.plan;
        format!("{} rounds of {} calls, update {}, seed {}", it.rounds, it.latency_calls, it.update.word(), it.seed)
    };
    differ("another plan", plan(before), plan(now));
    caveats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Column, Row, Table};

    fn report(rows: Vec<(&str, Vec<Cell>)>) -> Report {
        let columns =
            [("p50", Unit::Milliseconds), ("usd", Unit::UsDollars), ("exact", Unit::Text), ("n", Unit::Count)];
        Report {
            columns: columns.into_iter().map(|(key, unit)| Column { key, unit }).collect(),
            rows: rows.into_iter().map(|(name, cells)| Row { name: name.to_owned(), cells }).collect(),
            tables: vec![Table {
                title: Some("Measured".to_owned()),
                name: "way",
                columns: columns.iter().map(|(key, _)| (*key, *key)).collect(),
                intervals: true,
                all_rows: true,
                legend: Vec::new(),
            }],
            ..Report::default()
        }
    }

    #[test]
    fn only_what_is_beyond_both_intervals_has_changed() {
        let figure = |value, interval| Cell::with_interval(value, interval);
        let word = |text: &str| Cell::Text(text.to_owned());
        let before = report(vec![
            ("a", vec![figure(1.0, Some([0.9, 1.1])), Cell::number(7.0), word("yes"), Cell::number(1.0)]),
            ("b", vec![figure(1.0, Some([0.9, 1.1])), Cell::number(7.0), word("yes"), Cell::Absent]),
            ("gone", vec![Cell::Absent; 4]),
        ]);
        let now = report(vec![
            ("a", vec![figure(1.15, Some([1.05, 1.2])), Cell::number(7.001), word("yes"), Cell::number(2.0)]),
            ("b", vec![figure(2.0, Some([1.9, 2.1])), Cell::number(8.0), word("no: 2 lost"), Cell::Absent]),
            ("new", vec![Cell::Absent; 4]),
        ]);
        let changes = Changes::of(&before, &now);
        let list: Vec<_> = changes.list.iter().map(|it| (it.name.as_str(), it.quantity.as_str())).collect();
        assert_eq!(list, [("b", "Measured: p50"), ("b", "Measured: usd"), ("b", "Measured: exact")]);
        assert_eq!(changes.list[0].texts, ["1.00 [0.90–1.10]", "2.00 [1.90–2.10]"]);
        assert_eq!((changes.list[0].by, changes.compared, changes.without_interval), (Some(1.0), 2, 1));
        assert_eq!((changes.only_before, changes.only_now), (vec!["gone".to_owned()], vec!["new".to_owned()]));
        assert_eq!(Changes::of(&before, &before).list, []);
    }
}
