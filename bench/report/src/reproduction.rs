//! The report of `lab bench --as-published`: the original study's table, predicted the way its authors measured it, and
//! how far off.
//!
//! It only shows; which rows were fitted on and which were held out is a matter of the parameters themselves.

use cloud::Parameters;
use measure::run::{Record, Run};
use measure::stats::spearman;

use crate::here::lines;
use crate::notes;
use crate::view::{Cell, Column, Report, Row, Table, Unit};

/// All quantities, each with the title of its column.
const COLUMNS: [(&str, Unit, &str); 4] = [
    ("published_mean_ms", Unit::Published, "published mean"),
    ("aws_mean_ms_predicted", Unit::Predicted, "predicted mean ~"),
    ("error", Unit::Deviation, "error"),
    ("row", Unit::Text, "row"),
];

/// One row of the study's table that was predicted.
struct Compared<'a> {
    record: &'a Record,
    published_ms: f64,
    predicted: Cell,
    predicted_ms: f64,
    fitted: bool,
}

impl Compared<'_> {
    fn of(record: &Record) -> Option<Compared<'_>> {
        let summary = &record.predicted()?.latency.summary;
        Some(Compared {
            record,
            published_ms: record.published_average_ms?,
            predicted: Cell::with_interval(summary.mean_ms, summary.mean_ci95_ms)
                .doubtful_if(record.predicted().is_some_and(|it| !it.cpu_share_held)),
            predicted_ms: summary.mean_ms,
            fitted: Parameters::committed().fit.rows.contains(&record.way),
        })
    }

    fn error(&self) -> f64 {
        self.predicted_ms / self.published_ms - 1.0
    }

    fn row(&self) -> Row {
        let part = if self.fitted { "fitted on" } else { "held out" };
        let cells =
            vec![self.published_ms.into(), self.predicted.clone(), self.error().into(), Cell::Text(part.to_owned())];
        Row { name: self.record.name(), cells }
    }
}

/// The report of a run `--as-published`.
pub(crate) fn report(run: &Run) -> Report {
    let rows: Vec<Compared<'_>> = run.rows.iter().filter_map(Compared::of).collect();
    Report {
        columns: COLUMNS.iter().map(|&(key, unit, _)| Column { key, unit }).collect(),
        rows: rows.iter().map(Compared::row).collect(),
        tables: vec![table(run, &rows)],
        unmeasured: notes::unmeasured(run),
        warnings: notes::warnings(run),
    }
}

fn table(run: &Run, rows: &[Compared<'_>]) -> Table {
    let (published, predicted): (Vec<f64>, Vec<f64>) =
        rows.iter().map(|row| (row.published_ms, row.predicted_ms)).unzip();
    let legend = format!(
        "Mean absolute error: {} of the rows held out, {} of those fitted on. Spearman's rank correlation over all: {}.

Means in ms of sequential calls over one connection. published: the original study's (AWS eu-west-2, 2021-12). predicted:
these services by their CPU time and the model (seed {}), set up as the study's were: 128 MB,
read-then-write, HTTP API, JavaScript with a new connection for each call, Python's requests in a 128 MB function for the
client. Our services are leaner than the study's; the held-out error is flattered by a model that was chosen with its
table in view.",
        mean_error(rows.iter().filter(|row| !row.fitted)),
        mean_error(rows.iter().filter(|row| row.fitted)),
        spearman(&published, &predicted).map_or("–".to_owned(), |correlation| format!("{correlation:.3}")),
        run.plan.seed,
    );
    Table {
        title: None,
        name: "way",
        columns: COLUMNS.iter().map(|&(key, _, title)| (key, title)).collect(),
        intervals: false,
        all_rows: true,
        legend: lines(&legend),
    }
}

fn mean_error<'a>(rows: impl Iterator<Item = &'a Compared<'a>>) -> String {
    let errors: Vec<f64> = rows.map(|row| row.error().abs()).collect();
    match errors.len() {
        0 => "–".to_owned(),
        count => format!("{:.1} %", errors.iter().sum::<f64>() / count as f64 * 100.0),
    }
}
