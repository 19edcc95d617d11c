//! `lab bench`: measures ways one after the other, prints the table, and keeps the run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::Context;
use cloud::{Cloud, CloudConfig};
use ways::{Way, model};

use crate::artifact::{Artifacts, describe};
use crate::cli;
use crate::measure::{Deployed, Oha, measure};
use crate::progress::{self, Progress};
use crate::run::{Environment, Lab, Measurement, Outcome, Plan, Row, Run, RunFolder, SCHEMA_VERSION};
use crate::{root, table};

/// Measures the ways asked for. A way that breaks fails its row, never the run.
///
/// # Errors
/// When the run can't be begun or kept.
pub fn run(arguments: &cli::Bench) -> anyhow::Result<ExitCode> {
    let root = root::find()?;
    let started = SystemTime::now();
    let folder = arguments.output.clone().unwrap_or_else(|| default_folder(&root, started));
    let folder = RunFolder::create(&folder)?;
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    let plan = Plan { update: arguments.update.word().to_owned(), ..plan };
    let bench = Bench {
        asked: arguments.ways.clone(),
        artifacts: Artifacts::new(root.clone()),
        generator: Oha::new(std::env::current_exe().context("the lab's own executable is gone")?),
        service_env: arguments.update.environment(),
        plan,
    };
    let clock = Instant::now();
    let environment = Environment::read();
    let rows = super::runtime()?.block_on(async {
        tokio::select! {
            rows = bench.rows() => rows.map(Some),
            ended = super::asked_to_end() => ended.map(|()| None).context("can't listen for signals"),
        }
    })?;
    let Some(rows) = rows else {
        eprintln!("lab: ended before its end; no run was kept");
        return Ok(ExitCode::FAILURE);
    };
    let run = Run {
        schema_version: SCHEMA_VERSION,
        started_at: humantime::format_rfc3339_seconds(started).to_string(),
        duration_s: clock.elapsed().as_secs_f64(),
        lab: Lab::read(&root),
        environment,
        plan: bench.plan,
        rows,
    };
    let table = table::table(&run);
    folder.write(&run, &table)?;
    let text = if arguments.json { format!("{}\n", serde_json::to_string(&run)?) } else { table };
    super::print(&text)?;
    eprintln!("Kept in {}", super::shown(folder.path()));
    Ok(if run.failures() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `.lab/runs/2026-11-23T21-54-07Z`: a name that sorts by time and that every file system takes.
fn default_folder(root: &std::path::Path, started: SystemTime) -> PathBuf {
    let time = humantime::format_rfc3339_seconds(started).to_string().replace(':', "-");
    root.join(".lab/runs").join(time)
}

/// What a run works with.
struct Bench {
    /// The ways asked for; none for the catalogue.
    asked: Vec<Way>,
    artifacts: Artifacts,
    generator: Oha,
    /// What every service gets in its environment.
    service_env: BTreeMap<String, String>,
    plan: Plan,
}

impl Bench {
    async fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let ways: Vec<Way> =
            if self.asked.is_empty() { model().catalogue().map(|row| row.way).collect() } else { self.asked.clone() };
        let config = CloudConfig { service_env: self.service_env.clone(), ..CloudConfig::default() };
        let cloud = Cloud::start(config).await.context("can't start the local cloud")?;
        // Build first, so that Cargo's progress and the bars don't share the terminal.
        for way in ways.iter().filter(|way| Artifacts::available(**way).is_ok()) {
            let _ = self.artifacts.of(*way).await;
        }
        let progress = progress::to_stderr(ways.len());
        let mut rows = Vec::new();
        for way in ways {
            progress.way(&way.to_string());
            let outcome = self.outcome(&cloud, way, progress.as_ref()).await;
            progress.done(&way.to_string(), &told(&outcome));
            rows.push(row(way, outcome));
        }
        progress.finish();
        cloud.shutdown().await;
        Ok(rows)
    }

    async fn outcome(&self, cloud: &Cloud, way: Way, progress: &dyn Progress) -> Outcome {
        match Artifacts::available(way) {
            // Asked for by name, a way that can't run is a failure; in the catalogue it is only missing.
            Err(reason) if self.asked.is_empty() => return Outcome::NotRun { reason: reason.to_string() },
            Err(reason) => return Outcome::Failed { reason: reason.to_string() },
            Ok(()) => {}
        }
        match self.measurement(cloud, way, progress).await {
            Ok(measurement) => Outcome::Measured(Box::new(measurement)),
            Err(error) => Outcome::Failed { reason: one_line(&format!("{error:#}")) },
        }
    }

    async fn measurement(&self, cloud: &Cloud, way: Way, progress: &dyn Progress) -> anyhow::Result<Measurement> {
        progress.phase(&way.to_string(), "build");
        let artifact = self.artifacts.of(way).await?;
        progress.phase(&way.to_string(), "start");
        let mut deployment = cloud.deploy(way, &artifact).await.context("can't start it")?;
        let mut subject = Deployed { way, deployment: &mut deployment };
        let measurement = measure(&mut subject, &self.generator, &self.plan, describe(&artifact)?, progress).await;
        deployment.stop().await;
        measurement
    }
}

fn row(way: Way, outcome: Outcome) -> Row {
    Row {
        way: way.to_string(),
        title: model().title(way),
        durable: model().store(way.store).durable,
        published_average_ms: model().published(way).map(|published| published.average_ms),
        outcome,
    }
}

/// The lines of a reason, as one.
fn one_line(reason: &str) -> String {
    reason.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// An outcome in a few words, for a person who waits.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Measured(measurement) => format!(
            "p50 {:.2} ms, {:.0} calls/s",
            measurement.latency.summary.p50_ms, measurement.concurrency.calls_per_second
        ),
        Outcome::Failed { reason } => format!("FAILED: {reason}"),
        Outcome::NotRun { reason } => format!("not run: {reason}"),
    }
}
