//! `lab prices refresh`: reads AWS's price list again and writes this month's snapshot, whole or not at all.
//!
//! The snapshot before it says which prices there are and where each is listed. One price that is missing, ambiguous
//! or of another unit ends it, and nothing is written.

mod arguments;
mod change;
mod fetch;
mod offer;
mod region;
mod spot;
mod wanted;
mod write;

use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use prices::{Month, PriceFolder, PricesError, Snapshot};

use crate::root;

use fetch::Client;
use wanted::{Listed, Source};

pub use arguments::{Prices, Refresh};

/// The region whose newest snapshot tells another one's first which prices there are.
const FIRST_REGION: &str = "eu-west-2";

/// Runs one of the commands on prices.
///
/// # Errors
/// When AWS's price list can't be read or does not have what is wanted, or the snapshot can't be written.
pub fn run(command: &Prices) -> anyhow::Result<ExitCode> {
    let Prices::Refresh(arguments) = command;
    if region::usage_type_prefixes(&arguments.region).is_none() {
        eprintln!("lab: no such region: `{}`; there are {}", arguments.region, region::names());
        return Ok(ExitCode::from(2));
    }
    refresh(arguments)?;
    Ok(ExitCode::SUCCESS)
}

fn refresh(arguments: &Refresh) -> anyhow::Result<()> {
    let folder = PriceFolder::of_checkout(&root::find()?);
    let before = match folder.read(&arguments.region, None) {
        Ok(snapshot) => Some(snapshot),
        Err(PricesError::NoRegion { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let template = match &before {
        Some(before) => before.clone(),
        None => folder.read(FIRST_REGION, None)?,
    };
    let client = Client::new(arguments.price_list_url.as_deref())?;
    let after = super::runtime()?.block_on(read_again(&client, &template, &arguments.region))?;
    let path = folder.file(&after.region, after.date);
    let told = change::told(before.as_ref(), &after);
    write::whole(&path, &after.to_json())?;
    super::print(&format!("{told}Written to {}\n", super::shown(&path)))
}

/// This month's snapshot of a region, with the prices that the template has.
async fn read_again(client: &Client, template: &Snapshot, region: &str) -> anyhow::Result<Snapshot> {
    let mut after = Snapshot { region: region.to_owned(), date: this_month()?, ..template.clone() };
    for (source, listed) in wanted::by_source(template, region) {
        let prices = match &source {
            Source::PriceList { service } => client.offer(service, region, listed.clone()).await,
            Source::FargateSpotFeed => client.spot_prices(region, listed.clone()).await,
        };
        let prices = prices.with_context(|| format!("can't refresh the prices of {source}; nothing was changed"))?;
        after.prices.extend(listed.iter().map(|Listed { key, .. }| *key).zip(prices));
    }
    Ok(after)
}

fn this_month() -> anyhow::Result<Month> {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now.get(..7).and_then(|month| month.parse().ok()).context("the clock is beyond the year 9999: set it right")
}
