//! `lab bench --as-published`: the origin's table, predicted the way its authors measured it, and how far off.
//!
//! It only draws; what was fitted and what was held out is said by the parameters themselves.

use cloud::Parameters;

use crate::table::{drawn, milliseconds, unmeasured};
use measure::run::{Outcome, Row, Run};
use measure::stats::spearman;

/// One row of the origin's table that was predicted.
struct Compared<'a> {
    row: &'a Row,
    published_ms: f64,
    predicted_ms: f64,
    fitted: bool,
}

impl Compared<'_> {
    fn of(row: &Row) -> Option<Compared<'_>> {
        let Outcome::Ran(figures) = &row.outcome else { return None };
        Some(Compared {
            row,
            published_ms: row.published_average_ms?,
            predicted_ms: figures.predicted.as_ref()?.latency.summary.mean_ms,
            fitted: Parameters::committed().fit.rows.contains(&row.way),
        })
    }

    fn error(&self) -> f64 {
        self.predicted_ms / self.published_ms - 1.0
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.row.way.clone(),
            format!("{:.0}", self.published_ms),
            milliseconds(self.predicted_ms),
            format!("{:+.0} %", self.error() * 100.0),
            if self.fitted { "fitted on" } else { "held out" }.to_owned(),
        ]
    }
}

/// Draws the comparison of a run `--as-published`.
#[must_use]
pub fn table(run: &Run) -> String {
    let rows: Vec<Compared<'_>> = run.rows.iter().filter_map(Compared::of).collect();
    let header = ["way", "published mean", "predicted mean ~", "error", "row"];
    let (published, predicted): (Vec<f64>, Vec<f64>) =
        rows.iter().map(|row| (row.published_ms, row.predicted_ms)).unzip();
    format!(
        "{}
{}
Mean absolute error: {} of the rows held out, {} of those fitted on. Spearman's rank correlation over all: {}.

Means in ms of sequential calls over one connection. published: the origin's (AWS eu-west-2, 2021-12). predicted: these
services in the local cloud as slow as AWS (seed {}, {} calls), set up as the origin's were: 128 MB, read-then-write,
HTTP API, JavaScript with a new connection for each call, Python's requests in a 128 MB function for the client. Our
services are leaner than the origin's; the held-out error is flattered by a model that was chosen with its table in view.
{}",
        drawn(&header, rows.iter().map(Compared::cells)),
        unmeasured(&run.rows),
        mean_error(rows.iter().filter(|row| !row.fitted)),
        mean_error(rows.iter().filter(|row| row.fitted)),
        spearman(&published, &predicted).map_or("–".to_owned(), |correlation| format!("{correlation:.3}")),
        run.plan.seed,
        run.plan.predicted_calls,
        unheld(run),
    )
}

fn mean_error<'a>(rows: impl Iterator<Item = &'a Compared<'a>>) -> String {
    let errors: Vec<f64> = rows.map(|row| row.error().abs()).collect();
    match errors.len() {
        0 => "–".to_owned(),
        count => format!("{:.1} %", errors.iter().sum::<f64>() / count as f64 * 100.0),
    }
}

fn unheld(run: &Run) -> String {
    let predictions = run.rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Ran(figures) => figures.predicted.as_ref(),
        Outcome::Failed { .. } | Outcome::NotRun { .. } => None,
    });
    match predictions.into_iter().find(|predicted| !predicted.cpu_share_held) {
        Some(predicted) => format!("The CPU share was not held ({}): these are too fast.\n", predicted.cpu),
        None => String::new(),
    }
}
