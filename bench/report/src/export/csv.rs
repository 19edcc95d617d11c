//! CSV (RFC 4180, lines ended by LF): one row for each way, one column for each quantity in its own unit, and two more
//! where it has an interval.

use super::Exporter;
use crate::view::{Cell, Note, Report, Row};

pub(super) struct Csv;

impl Exporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn file(&self) -> Option<&'static str> {
        Some("table.csv")
    }

    fn export(&self, report: &Report) -> String {
        let with_interval: Vec<bool> = (0..report.columns.len())
            .map(|index| report.rows.iter().any(|row| interval(row, index).is_some()))
            .collect();
        let mut header = vec!["name".to_owned()];
        for (column, with_interval) in report.columns.iter().zip(&with_interval) {
            header.push(column.key.to_owned());
            if *with_interval {
                header.extend(["low", "high"].map(|end| format!("{}_{end}", column.key)));
            }
        }
        header.extend(["warnings", "outcome"].map(str::to_owned));
        let mut text = line(&header);
        for row in &report.rows {
            let mut fields = vec![row.name.clone()];
            for (index, with_interval) in with_interval.iter().enumerate() {
                fields.push(match row.cells.get(index) {
                    None | Some(Cell::Absent) => String::new(),
                    Some(Cell::Text(text)) => text.clone(),
                    Some(Cell::Figure(figure)) => figure.value.to_string(),
                });
                if *with_interval {
                    let ends = interval(row, index).map(|ends| ends.map(|end| end.to_string()));
                    fields.extend(ends.unwrap_or_default());
                }
            }
            fields.extend([about(&report.warnings, &row.name), about(&report.unmeasured, &row.name)]);
            text.push_str(&line(&fields));
        }
        text
    }
}

fn interval(row: &Row, index: usize) -> Option<[f64; 2]> {
    if let Some(Cell::Figure(figure)) = row.cells.get(index) { figure.interval } else { None }
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
