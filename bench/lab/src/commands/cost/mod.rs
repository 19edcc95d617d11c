//! `lab cost`: what ways cost, from how many calls on another is cheaper, and the cheapest of each decade.
//!
//! It only reads: prices, and a run where one is named. The arithmetic is `prices::cost`.

mod arguments;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use artifact::root;
use deploy::Refused;
use measure::run::{FanOut, read};
use prices::cost::function_gb_second;
use prices::{PriceFolder, Snapshot};
use report::cost::{self, Report, Run};
use ways::{Way, model};

pub use arguments::Cost;
pub(crate) use arguments::calls;

/// The month of the original study's prices.
const STUDYS_MONTH: &str = "2021-12";

/// Prints what ways cost.
///
/// # Errors
/// When the arguments name what is not there or can't be used, or stdout can't be written to.
pub fn run(arguments: &Cost) -> anyhow::Result<ExitCode> {
    let text = text(arguments, &prices_here()).map_err(|error| Refused(format!("{error:#}")))?;
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(arguments: &Cost, folder: &PriceFolder) -> anyhow::Result<String> {
    let date = arguments.prices.as_deref().or(arguments.as_published.then_some(STUDYS_MONTH));
    let prices = folder.read(&arguments.region, date)?;
    if arguments.as_published {
        return cost::reproduction(&prices, arguments.json);
    }
    let report = report(arguments, &prices)?;
    match arguments.json {
        true => Ok(serde_json::to_string_pretty(&report)? + "\n"),
        false => Ok(cost::text(&report, arguments.items)),
    }
}

/// What one way costs in a region, item by item, by the newest prices and by assumptions.
///
/// # Errors
/// When there are no prices of the region.
pub(crate) fn bill(way: Way, region: &str, calls: f64) -> anyhow::Result<String> {
    let report = Report::of(&[way], calls, None, &prices_here().read(region, None)?)?;
    Ok(cost::text(&report, true))
}

/// What a way costs in a month without any call, balancer included, by the newest prices of the region.
pub(crate) fn idle_usd(way: Way, region: &str) -> anyhow::Result<f64> {
    let report = Report::of(&[way], 1.0, None, &prices_here().read(region, None)?)?;
    Ok(report.rows.iter().map(|row| row.fixed_usd + row.balancer_usd).sum())
}

/// What a load by many probes costs at most: the way's own cost of a call by assumptions, and the probes' time.
///
/// # Errors
/// When there are no prices of the region.
pub(crate) fn probes_usd(way: Way, region: &str, load: &FanOut) -> anyhow::Result<f64> {
    let prices = prices_here().read(region, None)?;
    let report = Report::of(&[way], load.calls() as f64, None, &prices)?;
    let calls_usd: f64 = report.rows.iter().map(|row| row.usd_per_million_calls / 1e6 * load.calls() as f64).sum();
    let gb_seconds = f64::from(load.probes) * load.takes().as_secs_f64() * PROBE_GB;
    Ok(calls_usd + prices.usd(function_gb_second(way.arch), gb_seconds)?)
}

/// The probe's memory, as `infra/probe.nix` has it.
const PROBE_GB: f64 = 2.0;

/// The prices of the checkout that the lab is in; outside of any, those that it was built with.
pub(crate) fn prices_here() -> PriceFolder {
    root::find().map_or_else(|_| PriceFolder::built_in(), |root| prices_at(&root))
}

/// The prices of the checkout at `root`, or where that is none, those that the lab was built with.
pub(super) fn prices_at(root: &Path) -> PriceFolder {
    if root::is_checkout(root) { PriceFolder::of_checkout(root) } else { PriceFolder::built_in() }
}

fn report(arguments: &Cost, prices: &Snapshot) -> anyhow::Result<Report> {
    let mut ways = arguments.ways.clone();
    if ways.is_empty() {
        ways = model().catalogue().map(|row| row.way).collect();
    }
    let mut seen = std::collections::BTreeSet::new();
    ways.retain(|way| seen.insert(*way));
    let run = arguments.run.as_deref().map(read).transpose()?;
    if let Some(app) = run.as_ref().and_then(|run| run.app.as_ref()) {
        bail!("the run is of `{app}`, a service of the user's own, whose costs it has: `lab report RUN` shows them");
    }
    let basis = run.as_ref().map(Run::of);
    Report::of(&ways, arguments.calls, basis.as_ref(), prices).context("can't work out what ways cost")
}
