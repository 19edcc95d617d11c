//! `lab bench`: measures ways in rounds, one after the other, keeps a record of each as soon as it is there, and prints the
//! report.

mod alike;
mod here;
mod journal;
mod on_aws;
mod own;
mod request;
mod rounds;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use artifact::root;
use deploy::Refused;
use measure::run::{
    Begun, Environment, Lab, Outcome, Record, Run, RunFolder, RunFolderError, SCHEMA_VERSION, Where, read,
};
use programs::notice;
use report::export::{EXPORTERS, MARKDOWN, PAGE, Shown, TERMINAL, export};

use crate::cli::{self, Target};

use here::Here;
use journal::Journal;
use on_aws::OnAws;
use own::OwnHere;

/// Measures the ways that the arguments name, or goes on with an interrupted run. A way that breaks fails its record,
/// never the run.
///
/// # Errors
/// When the run can't be begun or kept.
pub fn run(arguments: &cli::Bench) -> anyhow::Result<ExitCode> {
    let root = match arguments.target {
        Target::Here => root::find()?,
        Target::Aws => {
            root::find().or_else(|_| std::env::current_dir()).context("the working directory was deleted")?
        }
    };
    let (mut journal, bench) = match &arguments.resume {
        Some(folder) => resumed(folder, &root)?,
        None => begun(arguments, &root)?,
    };
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            done = bench.measure(&mut journal) => done.map(|()| false),
            signal = super::end_requested() => signal.map(|()| true).context("can't listen for signals"),
        }
    });
    if let (Ok(true), Bench::OnAws(on_aws)) = (&ended, &bench) {
        notice!("lab: interrupted; restoring what was changed on AWS");
        runtime.block_on(on_aws.restore());
    }
    // A build of another lab may be waited for in a thread, which can't be called off.
    runtime.shutdown_background();
    let failure = ended.err().map(|error| notice!("lab: {error:#}"));
    let (run, folder) = journal.end();
    if !run.rows.iter().any(tried) {
        return nothing(&run, folder);
    }
    finish(arguments, &run, &folder, failure.is_some())
}

/// A new run.
fn begun(arguments: &cli::Bench, root: &Path) -> anyhow::Result<(Journal, Bench)> {
    let started = SystemTime::now();
    let plan = request::plan(arguments);
    let (request, shard) = request::request(arguments)?;
    let bench = Bench::new(&request, &plan, &request.names, root)?;
    if let Bench::OnAws(on_aws) = &bench {
        on_aws.bounded(arguments.usd_max)?;
    }
    let started_at = humantime::format_rfc3339_seconds(started).to_string();
    let folder = new_folder(arguments.output.as_deref(), root, &started_at)?;
    let (lab, machine) = (Lab::read(root, bench.oha_version()), Environment::read());
    let environment = if arguments.without_machine { machine.without_machine() } else { machine };
    let begun = Begun { schema_version: SCHEMA_VERSION, started_at, lab, environment, plan, request, shard };
    folder.begin(&begun)?;
    Ok((Journal::new(folder, begun, Vec::new(), super::cost::prices_at(root)), bench))
}

/// An interrupted run: the ways that are missing, by the same plan, with the same lab on the same machine.
fn resumed(folder: &Path, root: &Path) -> anyhow::Result<(Journal, Bench)> {
    let (folder, begun, records) = RunFolder::resume(folder).map_err(refused)?;
    let (run, all) = (Run::of(&begun, records.clone()), begun.request.names.len() as u32 * begun.plan.rounds);
    let bench = Bench::new(&begun.request, &begun.plan, &run.missing, root)?;
    request::same(&begun, &Lab::read(root, bench.oha_version()), &Environment::read())
        .map_err(|reason| Refused(format!("{} can't be resumed: {reason}", super::shown(folder.path()))))?;
    notice!("lab: {} of {all} measurements are made already", made(&run));
    Ok((Journal::new(folder, begun, records, super::cost::prices_at(root)), bench))
}

/// The folder of a run that begins: the one that is named, or one below the checkout by the time.
pub(super) fn new_folder(named: Option<&Path>, root: &Path, started_at: &str) -> anyhow::Result<RunFolder> {
    let folder = match named {
        Some(folder) => RunFolder::create(folder),
        // A name that sorts by time and that every file system takes: `2026-11-23T21-54-07Z`.
        None => RunFolder::create_below(&root.join(".lab/runs"), &started_at.replace(':', "-")),
    };
    folder.map_err(refused)
}

fn refused(error: RunFolderError) -> anyhow::Error {
    let usage = error.is_usage();
    let error = anyhow::Error::from(error);
    if usage { Refused(format!("{error:#}")).into() } else { error }
}

/// What is measured, by where it runs.
enum Bench {
    Here(Box<Here>),
    OnAws(Box<OnAws>),
    Own(Box<OwnHere>),
}

impl Bench {
    fn new(
        request: &measure::run::Request,
        plan: &measure::run::Plan,
        names: &[String],
        root: &Path,
    ) -> anyhow::Result<Self> {
        if let Some(app) = &request.app {
            return Ok(Self::Own(Box::new(OwnHere::new(names, request.named, app, plan.clone(), root)?)));
        }
        Ok(match request.target {
            Where::Here => Self::Here(Box::new(Here::new(names, request.named, plan.clone(), root)?)),
            Where::Aws | Where::AwsByProbe => {
                Self::OnAws(Box::new(OnAws::new(names, request.target == Where::AwsByProbe, plan.clone(), root)?))
            }
        })
    }

    /// The version of the oha that makes the calls.
    fn oha_version(&self) -> &str {
        match self {
            Self::Here(here) => here.oha_version(),
            Self::OnAws(on_aws) => on_aws.oha_version(),
            Self::Own(own) => own.oha_version(),
        }
    }

    async fn measure(&self, journal: &mut Journal) -> anyhow::Result<()> {
        match self {
            Self::Here(here) => here.measure(journal).await,
            Self::OnAws(on_aws) => on_aws.measure(journal).await,
            Self::Own(own) => own.measure(journal).await,
        }
    }
}

/// Measurements of a way in a round that are made, or need not be made any more.
fn made(run: &Run) -> u32 {
    let rounds = run.plan.rounds;
    run.rows.iter().map(|row| if row.complete(rounds) { rounds } else { row.rounds }).sum()
}

fn tried(record: &Record) -> bool {
    !matches!(record.outcome, Outcome::NotRun { .. })
}

/// A run without a single figure or failure leaves no folder.
fn nothing(run: &Run, folder: RunFolder) -> anyhow::Result<ExitCode> {
    folder.discard();
    let reasons = report::of(run).unmeasured;
    for note in reasons.iter().filter(|_| !run.rows.is_empty()) {
        notice!("lab: {}: {}", note.text, note.ways.join(", "));
    }
    notice!("lab: nothing was measured, and nothing is stored");
    Ok(ExitCode::FAILURE)
}

/// Puts the run together, writes its files and prints it.
fn finish(arguments: &cli::Bench, run: &Run, folder: &RunFolder, failed: bool) -> anyhow::Result<ExitCode> {
    keep(run, folder, arguments.json)?;
    let place = super::shown(folder.path());
    if !run.missing.is_empty() {
        let unseen = run.missing.iter().filter(|name| !run.rows.iter().any(|row| row.name() == name.as_str())).count();
        let all = (run.rows.len() + unseen) as u32 * run.plan.rounds;
        notice!(
            "lab: interrupted: {} of {all} measurements are made; go on with `lab bench --resume {place}`",
            made(run)
        );
    }
    name_places(&place);
    Ok(if run.succeeded() && !failed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The page, and last, on a line of its own, the run's folder: for programs, too.
pub(super) fn name_places(folder: &str) {
    notice!("The page: {folder}/{PAGE}");
    notice!("Kept in {folder}");
}

/// Writes a run and its tables into its folder, and prints it.
pub(super) fn keep(run: &Run, folder: &RunFolder, json: bool) -> anyhow::Result<()> {
    // As it is read again: what is printed now is what `lab report` prints later, to the last digit.
    let written = folder.write_run(run);
    let kept = written.is_ok().then(|| read(folder.path())).transpose()?;
    let prices = super::cost::prices_here();
    let shown = Shown::new(std::slice::from_ref(kept.as_ref().unwrap_or(run)), None, &prices);
    let written = written.and_then(|()| {
        EXPORTERS
            .iter()
            .filter_map(|exporter| Some((exporter.file()?, exporter.export(&shown))))
            .try_for_each(|(file, text)| folder.write(file, text.as_bytes()))
    });
    let text = match json {
        true => format!("{}\n", serde_json::to_string(run)?),
        false => export(&shown, format()).context("it is one of the exporters'")?,
    };
    // Printed also where it can't be kept: then this is all there is.
    super::print(&text)?;
    Ok(written?)
}

/// The format of what is printed: who reads a pipe or a file takes Markdown.
pub(super) fn format() -> &'static str {
    if std::io::stdout().is_terminal() { TERMINAL } else { MARKDOWN }
}

/// The lines of a reason, as one.
fn one_line(reason: &str) -> String {
    reason.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The lab's own executable, which watches oha.
fn executable() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("the lab's own executable was deleted")
}
