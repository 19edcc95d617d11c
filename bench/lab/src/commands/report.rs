//! `lab report`: shows runs of before: as a page in the run's folder and in a terminal, or in one of the formats.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use artifact::root;
use deploy::Refused;
use measure::run::{Run, read};
use programs::notice;
use report::chart::Terminal;
use report::export::{EXPORTERS, HTML, PAGE, Shown, export};
use report::plots;

/// Arguments of `lab report`.
#[derive(Debug, clap::Args)]
pub struct Report {
    /// Runs: the folder of each, or its run.json [default: the newest in .lab/runs]
    #[arg(value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// Compare with an earlier run: what changed beyond the intervals.
    #[arg(long, value_name = "RUN")]
    pub against: Option<PathBuf>,
    /// Print in this format, and write nothing [default: write the page beside the run, print for a terminal, or where the
    /// output is not one, markdown]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<String>,
    /// Write the page to this file [default: report.html beside the run]
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub output: Option<PathBuf>,
    /// Print charts instead of tables, in characters; write nothing.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    pub plot: bool,
}

fn formats() -> clap::builder::PossibleValuesParser {
    EXPORTERS.iter().map(|exporter| exporter.name()).collect::<Vec<_>>().into()
}

/// Width and height of charts, in characters: what fits a terminal of today.
const CHART: Terminal = Terminal { columns: 100, rows: 22 };

/// Prints them, and writes the page.
///
/// # Errors
/// When one can't be read, or the page or stdout can't be written to.
pub fn run(arguments: &Report) -> anyhow::Result<ExitCode> {
    let paths = if arguments.runs.is_empty() { vec![newest()?] } else { arguments.runs.clone() };
    let runs = paths.iter().map(|path| run_at(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let against = arguments.against.as_deref().map(run_at).transpose()?;
    let prices = super::cost::prices_here();
    let shown = Shown::new(&runs, against.as_ref(), &prices);
    if arguments.plot {
        super::print(&plots(&shown, CHART))?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.format.is_none() {
        let page = arguments.output.clone().unwrap_or_else(|| beside(&paths[0]));
        let text = export(&shown, HTML).context("there is a page")?;
        fs::write(&page, text).map_err(|error| {
            Refused(format!("can't write {}: {error}; --output names another file", page.display()))
        })?;
        notice!("Kept in {}", super::shown(&page));
    }
    let format = arguments.format.as_deref().unwrap_or_else(|| super::bench::format());
    super::print(&export(&shown, format).context("there is no such format")?)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn run_at(path: &Path) -> anyhow::Result<Run> {
    read(path).map_err(|error| Refused(format!("{:#}", anyhow::Error::from(error))).into())
}

/// The newest run of the checkout: their names sort by time.
fn newest() -> anyhow::Result<PathBuf> {
    let folder = root::find()?.join(".lab/runs");
    let runs = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = runs.filter(|run| run.join("run.json").is_file()).max();
    newest.ok_or_else(|| Refused("there is no run yet: `lab bench` makes one, or name one".to_owned()).into())
}

/// The page of a run: in its folder.
fn beside(run: &Path) -> PathBuf {
    if run.is_dir() { run.join(PAGE) } else { run.with_file_name(PAGE) }
}
