//! `lab merge`: puts the shards of a run together, keeps what came of it as a run of its own, and prints its report.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use artifact::root;
use deploy::Refused;
use measure::run::{Run, merge};
use programs::notice;

use super::bench::{keep, name_places, new_folder};
use super::report::run_at;

/// Arguments of `lab merge`.
#[derive(Debug, clap::Args)]
pub struct Merge {
    /// Shards of one run, by `lab bench --shard`: the folder of each, or its run.json
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// Print the run as JSON instead of the table.
    #[arg(long)]
    pub json: bool,
    /// Folder for what comes of it, new or empty [default: .lab/runs/TIME]
    #[arg(long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}

/// Merges the shards.
///
/// # Errors
/// When one can't be read, they are not shards of one run, their anchors differ, or the run can't be written.
pub fn run(arguments: &Merge) -> anyhow::Result<ExitCode> {
    let shards = arguments.runs.iter().map(|path| Ok((super::shown(path), run_at(path)?)));
    let run = merge(shards.collect::<anyhow::Result<_>>()?).map_err(|error| Refused(error.to_string()))?;
    let root = root::find().or_else(|_| std::env::current_dir()).context("the working directory was deleted")?;
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let folder = new_folder(arguments.output.as_deref(), &root, &now)?;
    keep(&run, &folder, arguments.json)?;
    let place = super::shown(folder.path());
    let whole = is_whole(&run);
    if !whole {
        notice!("lab: shards, or ways of them, are missing: the tables name them");
    }
    name_places(&place);
    Ok(if whole && run.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether every shard is there, and each measured all of its ways.
fn is_whole(run: &Run) -> bool {
    run.missing.is_empty() && run.merged.as_ref().is_some_and(|merged| merged.shards.len() as u32 == merged.of)
}
