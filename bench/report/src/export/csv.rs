//! CSV (RFC 4180, lines ended by LF): one row for each way, one column for each quantity in its own unit, two more where
//! it has an interval, and one where rows are not known to differ in it.

use super::{Exporter, Shown};
use crate::view::{Cell, Figure, Note, Report, Row};

pub(super) struct Csv;

impl Exporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn file(&self) -> Option<&'static str> {
        Some("table.csv")
    }

    fn export(&self, shown: &Shown<'_>) -> String {
        shown.each(text)
    }
}

fn text(report: &Report) -> String {
    let any = |index: usize, has: fn(&Figure) -> bool| report.rows.iter().filter_map(|row| figure(row, index)).any(has);
    let more: Vec<(bool, bool)> = (0..report.columns.len())
        .map(|index| (any(index, |it| it.interval.is_some()), any(index, |it| !it.alike.is_empty())))
        .collect();
    let mut header = vec!["name".to_owned()];
    for (column, (with_interval, with_alike)) in report.columns.iter().zip(&more) {
        header.push(column.key.to_owned());
        if *with_interval {
            header.extend(["low", "high"].map(|end| format!("{}_{end}", column.key)));
        }
        if *with_alike {
            header.push(format!("{}_alike", column.key));
        }
    }
    header.extend(["warnings", "outcome"].map(str::to_owned));
    let mut text = line(&header);
    for row in &report.rows {
        let mut fields = vec![row.name.clone()];
        for (index, (with_interval, with_alike)) in more.iter().enumerate() {
            fields.push(match row.cells.get(index) {
                None | Some(Cell::Absent) => String::new(),
                Some(Cell::Text(text)) => text.clone(),
                Some(Cell::Figure(figure)) => figure.value.to_string(),
            });
            if *with_interval {
                let interval = figure(row, index).and_then(|figure| figure.interval);
                fields.extend(interval.map(|ends| ends.map(|end| end.to_string())).unwrap_or_default());
            }
            if *with_alike {
                fields.push(figure(row, index).map(|figure| figure.alike.join("; ")).unwrap_or_default());
            }
        }
        fields.extend([about(&report.warnings, &row.name), about(&report.unmeasured, &row.name)]);
        text.push_str(&line(&fields));
    }
    text
}

fn figure(row: &Row, index: usize) -> Option<&Figure> {
    if let Some(Cell::Figure(figure)) = row.cells.get(index) { Some(figure) } else { None }
}

/// The notes on a way.
fn about(notes: &[Note], name: &str) -> String {
    let of = notes.iter().filter(|note| note.ways.is_empty() || note.ways.iter().any(|way| way == name));
    of.map(|note| note.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn line(fields: &[String]) -> String {
    let quoted = fields.iter().map(|field| {
        if field.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}
