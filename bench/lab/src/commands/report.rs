//! `lab report`: prints a run of before, in one of the formats.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use deploy::Refused;
use measure::run::read;
use report::export::{EXPORTERS, export};

/// Arguments of `lab report`.
#[derive(Debug, clap::Args)]
pub struct Report {
    /// A run: its folder, or its run.json
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The format [default: terminal, or where the output is not one, markdown]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<String>,
}

fn formats() -> clap::builder::PossibleValuesParser {
    EXPORTERS.iter().map(|exporter| exporter.name()).collect::<Vec<_>>().into()
}

/// Prints it.
///
/// # Errors
/// When it can't be read, or stdout can't be written to.
pub fn run(arguments: &Report) -> anyhow::Result<ExitCode> {
    let run = read(&arguments.run).map_err(|error| Refused(format!("{:#}", anyhow::Error::from(error))))?;
    let format = arguments.format.as_deref().unwrap_or_else(|| super::bench::format());
    super::print(&export(&report::of(&run), format).context("there is no such format")?)?;
    Ok(ExitCode::SUCCESS)
}
