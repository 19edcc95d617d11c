//! The records of a run as they come: each gets its cost and its warnings, and is on the disk before the next way begins.

use std::time::Instant;

use measure::run::{Begun, Outcome, Record, Run, RunFolder, Warning};
use prices::PriceFolder;
use report::cost::Costing;
use ways::{Build, Way, model};

/// Writes a run's records.
pub(super) struct Journal {
    folder: RunFolder,
    begun: Begun,
    records: Vec<Record>,
    /// Or why there is none.
    costing: Result<Costing, String>,
    /// When the record before ended.
    clock: Instant,
}

impl Journal {
    /// A run's journal, with the records that it has.
    pub(super) fn new(folder: RunFolder, begun: Begun, records: Vec<Record>, prices: PriceFolder) -> Self {
        let costing = Costing::new(prices).map_err(|error| format!("{error:#}"));
        Self { folder, begun, records, costing, clock: Instant::now() }
    }

    /// Keeps what came of a way.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn record(
        &mut self,
        way: Way,
        build: Option<Build>,
        deployment: Option<&str>,
        outcome: Outcome,
    ) -> anyhow::Result<()> {
        let clock = std::mem::replace(&mut self.clock, Instant::now());
        let mut record = Record {
            way: way.to_string(),
            build,
            deployment: deployment.map(str::to_owned),
            title: model().title(way),
            durable: model().store(way.store).durable,
            published_average_ms: model().published(way).map(|published| published.average_ms),
            took_s: clock.elapsed().as_secs_f64(),
            cost: None,
            warnings: Vec::new(),
            outcome,
        };
        let processors = self.begun.environment.processors;
        if let Some(ran) = record.ran() {
            record.warnings = measure::warnings(ran, &self.begun.plan, processors);
        }
        let update = self.begun.plan.update;
        let cost = self
            .costing
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|costing| costing.of(way, &record, update, processors).map_err(|error| format!("{error:#}")));
        match cost {
            Ok(cost) => record.cost = Some(cost),
            // What was measured stands all the same.
            Err(reason) => record.warnings.push(Warning::NoCost { reason }),
        }
        self.folder.append(&record)?;
        self.records.push(record);
        Ok(())
    }

    /// The run as far as it is, and where it is kept.
    pub(super) fn end(self) -> (Run, RunFolder) {
        (Run::of(&self.begun, self.records), self.folder)
    }
}

/// An outcome in a few words, for a person who waits.
pub(super) fn in_short(outcome: &Outcome) -> String {
    use measure::run::Series;
    match outcome {
        Outcome::Ran(ran) => {
            let series = ran.series.iter().map(|series| match series {
                Series::Measured(it) => {
                    let (p50_ms, rate) = (it.latency.summary.p50_ms, it.concurrency.calls_per_second);
                    format!("p50 {p50_ms:.3} ms, {rate:.0} calls/s")
                }
                Series::Predicted(it) => format!("AWS ~{:.1} ms", it.latency.summary.mean_ms),
                Series::OnAws(it) => format!("p50 {:.3} ms on AWS", it.latency.summary.p50_ms),
            });
            series.collect::<Vec<_>>().join(", ")
        }
        Outcome::Failed { reason } => format!("FAILED: {reason}"),
        Outcome::NotRun { reason } => format!("not run: {reason}"),
    }
}
