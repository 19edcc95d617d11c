//! `lab bench`: measures ways one after the other, prints the table, and keeps the run.

mod here;
mod on_aws;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::Context;
use artifact::root;
use report::{on_aws_table, reproduction, table};
use ways::{Way, model};

use crate::cli::{self, Profiles, Target, Update};
use measure::run::{Environment, Lab, Outcome, Plan, Profile, Row, Run, RunFolder, SCHEMA_VERSION};

use here::Here;
use on_aws::OnAws;

/// Measures the ways asked for. A way that breaks fails its row, never the run.
///
/// # Errors
/// When the run can't be begun or kept.
pub fn run(arguments: &cli::Bench) -> anyhow::Result<ExitCode> {
    let root = match arguments.target {
        Target::Here => root::find()?,
        Target::Aws => root::find().or_else(|_| std::env::current_dir()).context("the working directory is gone")?,
    };
    let started = SystemTime::now();
    let folder = arguments.output.clone().unwrap_or_else(|| default_folder(&root, started));
    let plan = plan(arguments);
    let bench = match arguments.target {
        Target::Here => Bench::Here(Box::new(Here::new(arguments, &root, plan.clone())?)),
        Target::Aws => Bench::OnAws(OnAws::new(arguments, plan.clone())?),
    };
    let folder = RunFolder::create(&folder)?;
    let clock = Instant::now();
    let environment = Environment::read();
    let rows = super::runtime()?.block_on(async {
        tokio::select! {
            rows = bench.rows() => rows.map(Some),
            ended = super::asked_to_end() => ended.map(|()| None).context("can't listen for signals"),
        }
    })?;
    let Some(rows) = rows else {
        programs::notice!("lab: ended before its end; no run was kept");
        return Ok(ExitCode::FAILURE);
    };
    let mut run = Run {
        schema_version: SCHEMA_VERSION,
        started_at: humantime::format_rfc3339_seconds(started).to_string(),
        duration_s: clock.elapsed().as_secs_f64(),
        lab: Lab::read(&root),
        environment,
        plan,
        rows,
    };
    if let Err(reason) = report::cost::fill(&mut run, &super::cost::prices_at(&root)) {
        // What was measured stands all the same.
        programs::notice!("lab: no costs: {reason:#}");
    }
    let table = match arguments.target {
        Target::Aws => on_aws_table::table(&run),
        Target::Here if arguments.as_published => reproduction::table(&run),
        Target::Here => table::table(&run),
    };
    folder.write(&run, &table)?;
    let text = if arguments.json { format!("{}\n", serde_json::to_string(&run)?) } else { table };
    super::print(&text)?;
    programs::notice!("Kept in {}", super::shown(folder.path()));
    Ok(if run.failures() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `.lab/runs/2026-11-23T21-54-07Z`: a name that sorts by time and that every file system takes.
fn default_folder(root: &std::path::Path, started: SystemTime) -> PathBuf {
    let time = humantime::format_rfc3339_seconds(started).to_string().replace(':', "-");
    root.join(".lab/runs").join(time)
}

fn plan(arguments: &cli::Bench) -> Plan {
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    Plan {
        profiles: match arguments.profile {
            _ if arguments.target == Target::Aws => Vec::new(),
            _ if arguments.as_published => vec![Profile::AwsAsPublished],
            Profiles::Both => vec![Profile::Bare, Profile::Aws],
            Profiles::Bare => vec![Profile::Bare],
            Profiles::Aws => vec![Profile::Aws],
        },
        seed: arguments.seed,
        update: update(arguments).word().to_owned(),
        ..plan
    }
}

/// What is measured, by where it runs.
enum Bench {
    // Three times as large as the other.
    Here(Box<Here>),
    OnAws(OnAws),
}

impl Bench {
    async fn rows(&self) -> anyhow::Result<Vec<Row>> {
        match self {
            Self::Here(here) => here.rows().await,
            Self::OnAws(on_aws) => on_aws.rows().await,
        }
    }
}

/// The origin read, then wrote.
fn update(arguments: &cli::Bench) -> Update {
    if arguments.as_published { Update::ReadThenWrite } else { arguments.update }
}

fn row(way: Way, outcome: Outcome) -> Row {
    Row {
        way: way.to_string(),
        title: model().title(way),
        durable: model().store(way.store).durable,
        published_average_ms: model().published(way).map(|published| published.average_ms),
        cost: None,
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
        Outcome::Ran(figures) => {
            let measured = figures.measured.as_ref().map(|measured| {
                let (p50_ms, rate) = (measured.latency.summary.p50_ms, measured.concurrency.calls_per_second);
                format!("p50 {p50_ms:.3} ms, {rate:.0} calls/s")
            });
            let predicted = figures.predicted.as_ref();
            let predicted = predicted.map(|predicted| format!("AWS ~{:.1} ms", predicted.latency.summary.mean_ms));
            let on_aws = figures.on_aws.as_ref();
            let on_aws = on_aws.map(|on_aws| format!("p50 {:.3} ms on AWS", on_aws.latency.summary.p50_ms));
            [measured, predicted, on_aws].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Outcome::Failed { reason } => format!("FAILED: {reason}"),
        Outcome::NotRun { reason } => format!("not run: {reason}"),
    }
}
