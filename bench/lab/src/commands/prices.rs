//! `lab prices refresh`: this month's prices, read again from AWS's price list.

use std::process::ExitCode;

use prices::{PriceFolder, Refresh, RefreshError, Refreshed};
use ways::model;

use artifact::root;
use deploy::Refused;

/// Commands on prices.
#[derive(Debug, clap::Subcommand)]
pub enum Prices {
    /// Read AWS's price list again (some hundred MB), show what changed, and write this month's snapshot.
    Refresh(Arguments),
}

/// Arguments of `lab prices refresh`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// AWS region.
    #[arg(long, value_name = "REGION", default_value = model().region())]
    pub region: String,
    /// Where the price list and the feed are read from instead: for tests.
    #[arg(long, value_name = "URL", hide = true)]
    pub price_list_url: Option<String>,
}

/// Runs one of the commands on prices.
///
/// # Errors
/// When AWS's price list can't be read or does not have what is wanted, or the snapshot can't be written.
pub fn run(command: &Prices) -> anyhow::Result<ExitCode> {
    let Prices::Refresh(Arguments { region, price_list_url }) = command;
    let folder = PriceFolder::of_checkout(&root::find()?);
    let refresh = Refresh { folder: &folder, region, stand_in_url: price_list_url.as_deref() };
    let refreshed = refresh.run(&|line| programs::notice!("{line}"));
    let Refreshed { path, changes } = refreshed.map_err(|error| match error {
        RefreshError::NoRegion { .. } => anyhow::Error::from(Refused(error.to_string())),
        _ => error.into(),
    })?;
    super::print(&format!("{changes}Written to {}\n", super::shown(&path)))?;
    Ok(ExitCode::SUCCESS)
}
