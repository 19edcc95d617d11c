//! `lab runs`: lists run folders, prints the SQL that queries them, and archives them as Parquet. What queries is DuckDB, a
//! program of its own: the lab links no database.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use artifact::root;
use deploy::Refused;
use measure::run::{Listed, Summary, listed};
use programs::notice;
use report::drawn;
use serde_json::json;

/// The views, and what archives them.
const VIEWS: &str = include_str!("views.sql");
const PARQUET: &str = include_str!("parquet.sql");

/// The line of [`VIEWS`] that states where runs are, but for the folder.
const FOLDER: &str = "SET VARIABLE runs = ";

/// What queries: a program that reads SQL from its stdin.
const DUCKDB: &str = "duckdb";
const DUCKDB_VARIABLE: &str = "LAB_DUCKDB";

/// An archive of a few thousand runs takes minutes.
const LIMIT: Duration = Duration::from_secs(3_600);

/// Arguments of `lab runs`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Runs {
    /// The folder of run folders [default: .lab/runs]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Print SQL for DuckDB: views over the runs as they lie. docs/many-machines.md has examples.
    #[arg(long)]
    pub sql: bool,
    /// As JSON: an array, each run with its summary.
    #[arg(long, conflicts_with = "sql")]
    pub json: bool,
    /// What else to do with runs.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
}

/// What else can be done with runs.
#[derive(Debug, clap::Subcommand)]
pub enum RunsCommand {
    /// Write all samples and figures to an archive, by DuckDB (`pip install duckdb-cli`).
    Export(Export),
}

/// Arguments of `lab runs export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Write Parquet into this folder, new or empty: samples by month and way, and what is small beside them.
    #[arg(long, value_name = "DIR", required = true)]
    pub parquet: PathBuf,
    /// The folder of run folders [default: .lab/runs]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Print the SQL instead, for a DuckDB elsewhere.
    #[arg(long)]
    pub sql: bool,
}

/// Lists runs, prints the SQL, or archives them.
///
/// # Errors
/// When the folder can't be read, or DuckDB is missing or fails.
pub fn run(arguments: &Runs) -> anyhow::Result<ExitCode> {
    if let Some(RunsCommand::Export(export)) = &arguments.command {
        return exported(export);
    }
    let folder = folder(arguments.folder.as_deref())?;
    let text = if arguments.sql {
        views(arguments.folder.as_deref())
    } else {
        let runs = runs(&folder)?;
        if runs.is_empty() {
            notice!("lab: no run in {}: `lab bench` makes one", super::shown(&folder));
        }
        if arguments.json { as_json(&runs)? } else { as_table(&runs) }
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn folder(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    match named {
        Some(folder) => Ok(folder.to_owned()),
        None => Ok(root::find().or_else(|_| std::env::current_dir())?.join(".lab/runs")),
    }
}

/// The run folders of a folder with their names, by these, which sort by time.
fn runs(folder: &Path) -> anyhow::Result<Vec<(String, Listed)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return Err(Refused(format!("can't read {}: {error}", folder.display())).into()),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut runs: Vec<_> = paths.iter().filter_map(|path| Some((name(path)?, listed(path)?))).collect();
    runs.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(runs)
}

fn as_table(runs: &[(String, Listed)]) -> String {
    let row = |(name, listed): &(String, Listed)| match &listed.summary {
        Ok(summary) => vec![
            name.clone(),
            summary.started_at.clone(),
            machine(summary),
            commit(summary),
            ways(summary),
            state(summary, listed.running),
        ],
        Err(reason) => {
            let absent = || "–".to_owned();
            vec![name.clone(), absent(), absent(), absent(), absent(), format!("unreadable: {reason}")]
        }
    };
    format!("{}\n", drawn(&["run", "began", "machine", "commit", "ways", "state"], runs.iter().map(row)))
}

fn machine(summary: &Summary) -> String {
    let it = &summary.environment;
    let cpu = it.cpu_model.as_deref().unwrap_or("not stated");
    let shards = summary.merged.map(|[shards, _]| format!(", the first of {shards}")).unwrap_or_default();
    format!("{cpu}, {} × {}, {}{shards}", it.processors, it.arch, it.system)
}

fn commit(summary: &Summary) -> String {
    let commit = summary.lab.commit.as_deref().map_or("none", |commit| commit.get(..9).unwrap_or(commit));
    format!("{commit}{}", if summary.lab.uncommitted_changes == Some(true) { " changed" } else { "" })
}

fn ways(summary: &Summary) -> String {
    let Summary { ran, failed, not_run, .. } = summary;
    let also = [(*failed, "failed"), (*not_run, "not run")];
    let also = also.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}"));
    format!("{ran}{}", also.collect::<String>())
}

fn state(summary: &Summary, running: bool) -> String {
    let state = match (running, summary.missing) {
        (true, _) => "running".to_owned(),
        (false, 0) => "whole".to_owned(),
        (false, missing) => format!("interrupted, {missing} missing"),
    };
    match (summary.shard, summary.merged) {
        (Some([index, of]), _) => format!("{state}, shard {index}/{of}"),
        (None, Some([shards, of])) => format!("{state}, merged from {shards} of {of} shards"),
        (None, None) => state,
    }
}

fn as_json(runs: &[(String, Listed)]) -> anyhow::Result<String> {
    let run = |(name, listed): &(String, Listed)| match &listed.summary {
        Ok(summary) => json!({ "run": name, "running": listed.running, "summary": summary }),
        Err(reason) => json!({ "run": name, "running": listed.running, "unreadable": reason }),
    };
    Ok(serde_json::to_string_pretty(&runs.iter().map(run).collect::<Vec<_>>())? + "\n")
}

/// The views, over another folder where one is named.
fn views(folder: Option<&Path>) -> String {
    let Some(folder) = folder else { return VIEWS.to_owned() };
    let line = |line: &str| match line.strip_prefix(FOLDER) {
        Some(_) => format!("{FOLDER}{};\n", literal(folder)),
        None => format!("{line}\n"),
    };
    VIEWS.lines().map(line).collect()
}

/// A path as a string of SQL's.
fn literal(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "''"))
}

fn exported(export: &Export) -> anyhow::Result<ExitCode> {
    let archive = std::path::absolute(&export.parquet)?;
    let folder = std::path::absolute(folder(export.folder.as_deref())?)?;
    let sql = format!("{}\nSET VARIABLE archive = {};\n{PARQUET}", views(Some(&folder)), literal(&archive));
    if export.sql {
        super::print(&sql)?;
        return Ok(ExitCode::SUCCESS);
    }
    let program = std::env::var_os(DUCKDB_VARIABLE).map(PathBuf::from).or_else(|| programs::on_path(DUCKDB));
    let program = program.ok_or_else(|| {
        Refused(format!(
            "DuckDB is not on the path: `pip install duckdb-cli`, or set {DUCKDB_VARIABLE} to it, or give what `--sql` prints to one"
        ))
    })?;
    if runs(&folder)?.is_empty() {
        return Err(Refused("there is no run to archive".to_owned()).into());
    }
    empty(&archive)?;
    let duckdb = programs::Command::new(program).arguments(["-bail"]).input(sql);
    duckdb.captured_blocking(LIMIT).context("DuckDB could not archive the runs")?;
    notice!("Archived in {}", super::shown(&archive));
    Ok(ExitCode::SUCCESS)
}

/// An archive is never added to: what is in it would be there twice.
fn empty(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("can't create {}", folder.display()))?;
    let entries = fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?.next();
    match entries {
        None => Ok(()),
        Some(_) => {
            Err(Refused(format!("{} is not empty: name a new folder for each archive", folder.display())).into())
        }
    }
}
