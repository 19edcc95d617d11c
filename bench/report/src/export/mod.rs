//! Exporters: one file for each format, and a line in [`EXPORTERS`].

mod csv;
mod html;
mod json;
mod markdown;
mod terminal;

use measure::run::Run;
use prices::PriceFolder;

use crate::view::{Cell, Report, Table};

/// What is shown: runs, each with its report.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The runs.
    pub runs: &'a [Run],
    /// The report of each.
    pub reports: Vec<Report>,
    /// An earlier run that they are compared with.
    pub against: Option<&'a Run>,
    /// The prices by which costs at any number of calls are worked out.
    pub prices: &'a PriceFolder,
}

impl<'a> Shown<'a> {
    /// These runs.
    #[must_use]
    pub fn new(runs: &'a [Run], against: Option<&'a Run>, prices: &'a PriceFolder) -> Self {
        Self { runs, reports: runs.iter().map(crate::of).collect(), against, prices }
    }

    /// Each report's text, one after the other.
    fn each(&self, text: impl Fn(&Report) -> String) -> String {
        self.reports.iter().map(text).collect::<Vec<_>>().join("\n")
    }
}

/// Writes a report in one format.
pub trait Exporter: Sync {
    /// The format's name, as `--format` takes it.
    fn name(&self) -> &'static str;
    /// The file of the run folder that every run writes; none where the format is not for keeping.
    fn file(&self) -> Option<&'static str>;
    /// What is shown, the last line ended.
    fn export(&self, shown: &Shown<'_>) -> String;
}

/// Every exporter.
pub static EXPORTERS: [&dyn Exporter; 5] =
    [&terminal::Terminal, &markdown::Markdown, &csv::Csv, &json::Json, &html::Html];

/// The format for a terminal, and the one for everything else that a table is printed to.
pub const TERMINAL: &str = "terminal";
/// See [`TERMINAL`].
pub const MARKDOWN: &str = "markdown";

/// The page, and its file in a run folder.
pub const HTML: &str = "html";
/// See [`HTML`].
pub const PAGE: &str = "report.html";

/// What is shown in a format; nothing where no exporter has that name.
#[must_use]
pub fn export(shown: &Shown<'_>, format: &str) -> Option<String> {
    EXPORTERS.iter().find(|exporter| exporter.name() == format).map(|exporter| exporter.export(shown))
}

/// What stands where there is no value.
const NONE: &str = "–";

/// Marks a figure that is not what its column promises.
const DOUBTFUL: &str = "*";

/// The texts of a table: its header and its rows.
fn texts<'a>(report: &'a Report, table: &'a Table) -> (Vec<&'a str>, impl Iterator<Item = Vec<String>> + 'a) {
    let header = std::iter::once(table.name).chain(table.columns.iter().map(|(_, title)| *title)).collect();
    let rows = report.rows_of(table).map(move |row| {
        let cells = table.columns.iter().map(|(key, _)| {
            let (cell, unit) = report.cell(row, key);
            match cell {
                Cell::Absent => NONE.to_owned(),
                Cell::Text(text) => text.clone(),
                Cell::Figure(figure) => {
                    let mark = if figure.doubtful { DOUBTFUL } else { "" };
                    match figure.interval {
                        None => format!("{}{mark}", unit.text(figure.value)),
                        Some(interval) => {
                            let [value, low, high] = unit.texts(figure.value, interval);
                            if table.intervals {
                                format!("{value}{mark} [{low}–{high}]")
                            } else {
                                format!("{value}{mark}")
                            }
                        }
                    }
                }
            }
        });
        std::iter::once(row.name.clone()).chain(cells).collect()
    });
    (header, rows)
}

/// The rows that are not known to differ in a table's quantities, a line for each quantity that has any.
pub(crate) fn alike(report: &Report, table: &Table) -> Vec<String> {
    let of_column = |&(key, title): &(&'static str, &'static str)| {
        let pairs = report.rows_of(table).filter_map(|row| match report.cell(row, key).0 {
            Cell::Figure(figure) if !figure.alike.is_empty() => {
                let others = figure.alike.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Some(format!("`{}` ≈ {others}", row.name))
            }
            _ => None,
        });
        let pairs = pairs.collect::<Vec<_>>().join("; ");
        (!pairs.is_empty()).then(|| format!("- {title}, not known to differ: {pairs}"))
    };
    table.columns.iter().filter_map(of_column).collect()
}

/// The notes of a report as list items, unmeasured ways first.
fn notes(report: &Report) -> String {
    let warnings = report.warnings.iter().map(|note| (format!("warning, {}", note.text), &note.ways));
    let notes = report.unmeasured.iter().map(|note| (note.text.clone(), &note.ways)).chain(warnings);
    let lines: String = notes
        .map(|(text, ways)| {
            let ways = ways.iter().map(|way| format!("`{way}`")).collect::<Vec<_>>().join(", ");
            format!("\n- {text}: {}", if ways.is_empty() { "all" } else { &ways })
        })
        .collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

/// Whether any figure that a report's tables show is marked.
pub(crate) fn any_doubtful(report: &Report) -> bool {
    let mut cells = report.rows.iter().flat_map(|row| &row.cells);
    cells.any(|cell| matches!(cell, Cell::Figure(figure) if figure.doubtful))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Column, Note, Row, Unit};

    pub(super) fn report() -> Report {
        let columns = [("p50_ms", Unit::Milliseconds), ("failed_share", Unit::Share), ("exact", Unit::Text)];
        Report {
            columns: columns.into_iter().map(|(key, unit)| Column { key, unit }).collect(),
            rows: vec![
                Row {
                    name: "ec2".to_owned(),
                    cells: vec![
                        Cell::with_interval(0.0641, Some([0.0588, 0.0699]))
                            .doubtful_if(true)
                            .alike(vec!["k8s".to_owned()]),
                        Cell::number(0.25),
                        Cell::Text("no: 2, \"lost\"".to_owned()),
                    ],
                },
                Row { name: "k8s".to_owned(), cells: vec![Cell::Absent; 3] },
            ],
            tables: vec![
                Table {
                    title: None,
                    name: "way",
                    columns: vec![("p50_ms", "p50"), ("failed_share", "failed")],
                    intervals: false,
                    all_rows: true,
                    legend: vec!["Times in ms.".to_owned()],
                },
                Table {
                    title: Some("Measured".to_owned()),
                    name: "way",
                    columns: vec![("p50_ms", "p50")],
                    intervals: true,
                    all_rows: false,
                    legend: vec![],
                },
            ],
            unmeasured: vec![Note { text: "FAILED, it broke".to_owned(), ways: vec!["k8s".to_owned()] }],
            warnings: vec![Note { text: "calls failed".to_owned(), ways: vec!["ec2".to_owned()] }],
        }
    }

    /// The report above in a format.
    fn export(format: &str) -> Option<String> {
        let prices = PriceFolder::built_in();
        super::export(&Shown { runs: &[], reports: vec![report()], against: None, prices: &prices }, format)
    }

    #[test]
    fn every_format_has_a_name_and_a_file_of_its_own() {
        let names: std::collections::BTreeSet<_> = EXPORTERS.iter().map(|exporter| exporter.name()).collect();
        let files: std::collections::BTreeSet<_> = EXPORTERS.iter().filter_map(|exporter| exporter.file()).collect();
        assert_eq!((names.len(), files.len()), (5, 4));
        assert!(names.contains(TERMINAL) && names.contains(MARKDOWN) && names.contains(HTML));
        assert_eq!(export("pdf"), None);
    }

    #[test]
    fn markdown_has_each_table_the_notes_and_the_legends() {
        let text = export(MARKDOWN).expect("a format");
        let wanted = "\
Times in ms.

* see the warnings.

| way |    p50 | failed |
|-----|--------|--------|
| ec2 | 0.064* | 25.0 % |
| k8s |      – |      – |

- p50, not known to differ: `ec2` ≈ `k8s`

- FAILED, it broke: `k8s`
- warning, calls failed: `ec2`

Measured:

| way |                  p50 |
|-----|----------------------|
| ec2 | 0.064* [0.059–0.070] |

- p50, not known to differ: `ec2` ≈ `k8s`
";
        assert_eq!(text, wanted);
    }

    #[test]
    fn csv_has_every_quantity_with_its_interval_and_quotes_what_needs_it() {
        let text = export("csv").expect("a format");
        let wanted = "\
name,p50_ms,p50_ms_low,p50_ms_high,p50_ms_alike,failed_share,exact,warnings,outcome
ec2,0.0641,0.0588,0.0699,k8s,0.25,\"no: 2, \"\"lost\"\"\",calls failed,
k8s,,,,,,,,\"FAILED, it broke\"
";
        assert_eq!(text, wanted);
    }

    #[test]
    fn json_has_values_units_and_intervals() {
        let text = export("json").expect("a format");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["columns"][0], serde_json::json!({ "key": "p50_ms", "unit": "milliseconds" }));
        let cell =
            serde_json::json!({ "value": 0.0641, "interval": [0.0588, 0.0699], "alike": ["k8s"], "doubtful": true });
        assert_eq!(json["rows"][0]["cells"][0], cell);
        assert_eq!(json["rows"][1]["cells"][0], serde_json::Value::Null);
    }

    #[test]
    fn the_terminal_has_what_markdown_has_without_its_marks() {
        let text = export(TERMINAL).expect("a format");
        for wanted in ["0.064* [0.059–0.070]", "FAILED, it broke: `k8s`", "Times in ms.", "Measured:"] {
            assert!(text.contains(wanted), "{text}");
        }
        assert!(!text.contains('|'), "{text}");
    }
}
