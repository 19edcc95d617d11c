//! `lab bench`: measures ways one after the other, prints the table, and keeps the run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use anyhow::Context;
use cloud::{Aws, Caller, Cloud, CloudConfig};
use ways::{Way, model};

use crate::artifact::{Artifacts, describe};
use crate::cli::{self, Profiles, Update};
use crate::measure::{Deployed, Oha, measure, predict};
use crate::progress::{self, Progress};
use crate::run::{Environment, Figures, Lab, Outcome, Plan, Profile, Row, Run, RunFolder, SCHEMA_VERSION};
use crate::{reproduction, root, table};

/// Measures the ways asked for. A way that breaks fails its row, never the run.
///
/// # Errors
/// When the run can't be begun or kept.
pub fn run(arguments: &cli::Bench) -> anyhow::Result<ExitCode> {
    let root = root::find()?;
    let started = SystemTime::now();
    let folder = arguments.output.clone().unwrap_or_else(|| default_folder(&root, started));
    let folder = RunFolder::create(&folder)?;
    let plan = plan(arguments);
    let bench = Bench {
        ways: ways(arguments),
        chosen: arguments.ways.is_empty(),
        artifacts: Artifacts::new(root.clone()),
        generator: Oha::new(std::env::current_exe().context("the lab's own executable is gone")?),
        service_env: service_env(arguments),
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
    let mut run = Run {
        schema_version: SCHEMA_VERSION,
        started_at: humantime::format_rfc3339_seconds(started).to_string(),
        duration_s: clock.elapsed().as_secs_f64(),
        lab: Lab::read(&root),
        environment,
        plan: bench.plan,
        rows,
    };
    if let Err(reason) = super::cost::fill(&mut run, &root) {
        // What was measured stands all the same.
        eprintln!("lab: no costs: {reason:#}");
    }
    let table = if arguments.as_published { reproduction::table(&run) } else { table::table(&run) };
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

fn plan(arguments: &cli::Bench) -> Plan {
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    Plan {
        profiles: match arguments.profile {
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

/// The origin read, then wrote.
fn update(arguments: &cli::Bench) -> Update {
    if arguments.as_published { Update::ReadThenWrite } else { arguments.update }
}

/// The ways asked for, or the catalogue, or its rows that the origin published.
fn ways(arguments: &cli::Bench) -> Vec<Way> {
    let rows = model().catalogue().filter(|row| row.published.is_some() || !arguments.as_published);
    if arguments.ways.is_empty() { rows.map(|row| row.way).collect() } else { arguments.ways.clone() }
}

/// What every service gets in its environment.
fn service_env(arguments: &cli::Bench) -> BTreeMap<String, String> {
    let mut env = update(arguments).environment();
    if arguments.as_published {
        // The origin's JavaScript opened a connection for each call, as version 2 of its SDK did by default.
        env.insert("AWS_NODEJS_CONNECTION_REUSE_ENABLED".to_owned(), "0".to_owned());
    }
    env
}

/// What a run works with.
struct Bench {
    ways: Vec<Way>,
    /// Whether the lab chose the ways, and not the caller by their names.
    chosen: bool,
    artifacts: Artifacts,
    generator: Oha,
    /// What every service gets in its environment.
    service_env: BTreeMap<String, String>,
    plan: Plan,
}

/// One cloud for each profile of the plan.
type Clouds = Vec<(Profile, Cloud)>;

impl Bench {
    async fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let clouds = self.clouds().await?;
        // Build first, so that Cargo's progress and the bars don't share the terminal.
        for way in self.ways.iter().filter(|way| Artifacts::available(**way).is_ok()) {
            let _ = self.artifacts.of(*way).await;
        }
        let progress = progress::to_stderr(self.ways.len());
        let mut rows = Vec::new();
        for &way in &self.ways {
            progress.way(&way.to_string());
            let outcome = self.outcome(&clouds, way, progress.as_ref()).await;
            progress.done(&way.to_string(), &told(&outcome));
            rows.push(row(way, outcome));
        }
        progress.finish();
        for (_, cloud) in clouds {
            cloud.shutdown().await;
        }
        Ok(rows)
    }

    async fn clouds(&self) -> anyhow::Result<Clouds> {
        let mut clouds = Vec::new();
        for &profile in &self.plan.profiles {
            let config = CloudConfig { profile: self.speed(profile), service_env: self.service_env.clone() };
            clouds.push((profile, Cloud::start(config).await.context("can't start the local cloud")?));
        }
        Ok(clouds)
    }

    fn speed(&self, profile: Profile) -> cloud::Profile {
        let aws = Aws::new(self.plan.seed);
        match profile {
            Profile::Bare => cloud::Profile::Bare,
            Profile::Aws => cloud::Profile::Aws(aws),
            Profile::AwsAsPublished => cloud::Profile::Aws(Aws { caller: Caller::Origin, ..aws }),
        }
    }

    async fn outcome(&self, clouds: &Clouds, way: Way, progress: &dyn Progress) -> Outcome {
        match Artifacts::available(way) {
            // Asked for by name, a way that can't run is a failure; else it is only missing.
            Err(reason) if self.chosen => return Outcome::NotRun { reason: reason.to_string() },
            Err(reason) => return Outcome::Failed { reason: reason.to_string() },
            Ok(()) => {}
        }
        match self.figures(clouds, way, progress).await {
            Ok(figures) => Outcome::Ran(Box::new(figures)),
            Err(error) => Outcome::Failed { reason: one_line(&format!("{error:#}")) },
        }
    }

    async fn figures(&self, clouds: &Clouds, way: Way, progress: &dyn Progress) -> anyhow::Result<Figures> {
        progress.phase(&way.to_string(), "build");
        let artifact = self.artifacts.of(way).await?;
        let mut figures = Figures { artifact: describe(&artifact)?, measured: None, predicted: None };
        for (profile, cloud) in clouds {
            progress.phase(&way.to_string(), "start");
            let mut deployment = cloud.deploy(way, &artifact).await.context("can't start it")?;
            let mut subject = Deployed { way, deployment: &mut deployment };
            let (generator, plan) = (&self.generator, &self.plan);
            let outcome = match profile {
                Profile::Bare => measure(&mut subject, generator, plan, progress)
                    .await
                    .map(|measured| figures.measured = Some(measured)),
                Profile::Aws | Profile::AwsAsPublished => predict(&mut subject, generator, plan, progress)
                    .await
                    .map(|predicted| figures.predicted = Some(predicted))
                    .context("no prediction"),
            };
            deployment.stop().await;
            outcome?;
        }
        Ok(figures)
    }
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
            [measured, predicted].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Outcome::Failed { reason } => format!("FAILED: {reason}"),
        Outcome::NotRun { reason } => format!("not run: {reason}"),
    }
}
