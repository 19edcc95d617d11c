//! The records of a run as they come, one of each way and round: each gets its cost and its warnings, by all rounds of
//! the way so far, and is on the disk before the next one begins.

use std::time::Instant;

use app::{App, AppWay};
use measure::run::{Begun, Outcome, Ran, Record, Run, RunFolder, Warning};
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

    /// How many rounds of a way, or a deployment, are measured; nothing of one of which no more is to be measured.
    pub(super) fn next_round(&self, name: &str) -> Option<u32> {
        match self.so_far(name) {
            None => Some(0),
            Some(record) => (!record.complete(self.begun.plan.rounds)).then_some(record.rounds),
        }
    }

    /// What was measured of a way in the rounds before.
    pub(super) fn before(&self, name: &str) -> Option<Ran> {
        self.so_far(name)?.ran().cloned()
    }

    fn so_far(&self, name: &str) -> Option<Record> {
        self.records.iter().filter(|record| record.name() == name).cloned().reduce(Record::and)
    }

    /// Keeps what came of a way in a round.
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
        let record = Record {
            way: way.to_string(),
            build,
            deployment: deployment.map(str::to_owned),
            stands_for: None,
            title: model().title(way),
            durable: model().store(way.store).durable,
            published_average_ms: model().published(way).map(|published| published.average_ms),
            rounds: 1,
            took_s: 0.0,
            cost: None,
            warnings: Vec::new(),
            outcome,
        };
        self.keep(way, record)
    }

    /// Keeps what came of a way of a service of the user's own in a round.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn record_own(&mut self, app: &App, way: AppWay, outcome: Outcome) -> anyhow::Result<()> {
        let stands_for = app.stand_in(way);
        let record = Record {
            way: way.to_string(),
            build: None,
            deployment: None,
            stands_for: Some(stands_for.to_string()),
            title: format!("{} · {}", app.name, way.title()),
            durable: app.keeps_state(),
            published_average_ms: None,
            rounds: 1,
            took_s: 0.0,
            cost: None,
            warnings: Vec::new(),
            outcome,
        };
        self.keep(stands_for, record)
    }

    /// Keeps a record, with its cost and its warnings.
    fn keep(&mut self, way: Way, mut record: Record) -> anyhow::Result<()> {
        let clock = std::mem::replace(&mut self.clock, Instant::now());
        record.took_s = clock.elapsed().as_secs_f64();
        let so_far = match self.so_far(&record.name()) {
            Some(before) => before.and(record.clone()),
            None => record.clone(),
        };
        let Begun { environment, plan, .. } = &self.begun;
        if let Some(ran) = so_far.ran() {
            record.warnings = measure::warnings(ran, plan, environment);
        }
        let cost = self.costing.as_ref().map_err(Clone::clone).and_then(|costing| {
            let cost = costing.of(way, &so_far, plan.update, environment.processors);
            cost.map_err(|error| format!("{error:#}"))
        });
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
