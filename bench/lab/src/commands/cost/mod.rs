//! `lab cost`: what ways cost, from how many calls on another is cheaper, and the cheapest of each decade.
//!
//! It only reads: prices, and a run where one is named. The arithmetic is `ways::cost`.

mod arguments;
mod basis;
mod figures;
mod published;
mod report;
mod text;

use std::process::ExitCode;

use anyhow::Context;
use ways::model;
use ways::prices::{PriceFolder, Snapshot};

use crate::root;

pub use arguments::Cost;

/// The month of the origin's prices.
const ORIGINS_MONTH: &str = "2021-12";

/// What the arguments ask for that is not there, or can't be used.
#[derive(Debug)]
struct Unusable(anyhow::Error);

/// Tells what ways cost.
///
/// # Errors
/// When there is no checkout, or stdout can't be written to.
pub fn run(arguments: &Cost) -> anyhow::Result<ExitCode> {
    let folder = PriceFolder::of_checkout(&root::find()?);
    match text(arguments, &folder) {
        Ok(text) => {
            super::print(&text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(Unusable(error)) => {
            eprintln!("lab: {error:#}");
            Ok(ExitCode::from(2))
        }
    }
}

fn text(arguments: &Cost, folder: &PriceFolder) -> Result<String, Unusable> {
    let date = arguments.prices.as_deref().or(arguments.as_published.then_some(ORIGINS_MONTH));
    let prices = folder.read(&arguments.region, date)?;
    if arguments.as_published {
        return Ok(published::text(&prices, arguments.json)?);
    }
    let report = report(arguments, &prices)?;
    match arguments.json {
        true => Ok(serde_json::to_string_pretty(&report)? + "\n"),
        false => Ok(text::text(&report, arguments.items)),
    }
}

fn report(arguments: &Cost, prices: &Snapshot) -> anyhow::Result<report::Report> {
    let mut ways = arguments.ways.clone();
    if ways.is_empty() {
        ways = model().catalogue().map(|row| row.way).collect();
    }
    let mut seen = std::collections::BTreeSet::new();
    ways.retain(|way| seen.insert(*way));
    let basis = arguments.run.as_deref().map(basis::Run::read).transpose()?;
    report::Report::of(&ways, arguments.calls, basis.as_ref(), prices).context("can't tell what ways cost")
}

impl<E: Into<anyhow::Error>> From<E> for Unusable {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
