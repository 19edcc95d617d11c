//! The feed of Fargate Spot prices: a small file, which the page on Fargate's prices reads too.

use std::collections::HashMap;
use std::io::Read;

use crate::{Evidence, Listing, Price, Tier};
use serde::Deserialize;

use super::offer::OfferError;
use super::wanted::Listed;

/// The feed, as far as it is needed.
#[derive(Deserialize)]
struct Feed {
    prices: Vec<Entry>,
}

/// A price in a region.
#[derive(Deserialize)]
struct Entry {
    unit: String,
    price: HashMap<String, String>,
    attributes: HashMap<String, String>,
}

/// Reads the wanted prices of a region, in the order wanted. Prices float: they hold for the day they were read on.
///
/// # Errors
/// When the feed is not whole, or does not have each of them exactly once.
pub(super) fn read(feed: impl Read, region: &str, today: &str, wanted: &[Listed]) -> Result<Vec<Price>, OfferError> {
    let feed: Feed = serde_json::from_reader(feed).map_err(|error| match error.is_io() || error.is_eof() {
        true => OfferError::BrokenOff(error),
        false => OfferError::Shape(error),
    })?;
    wanted.iter().map(|listed| price(&feed, region, today, listed)).collect()
}

fn price(feed: &Feed, region: &str, today: &str, listed: &Listed) -> Result<Price, OfferError> {
    let key = listed.key.to_string();
    let wanted_unit = match &listed.before.listing {
        Listing::FargateSpotFeed { unit } => unit.as_str(),
        Listing::PriceList { .. } | Listing::Documented {} => "",
    };
    let is_wanted = |entry: &&Entry| {
        entry.unit == wanted_unit && entry.attributes.get("aws:region").is_some_and(|found| found == region)
    };
    let found: Vec<_> = feed.prices.iter().filter(is_wanted).collect();
    let [entry] = found[..] else {
        return Err(match found.len() {
            0 => OfferError::Missing { key, usage_types: format!("`{wanted_unit}` of {region} in the Spot feed") },
            _ => OfferError::Ambiguous { key, skus: format!("{} entries of `{wanted_unit}`", found.len()) },
        });
    };
    let usd =
        entry.price.get("USD").and_then(|usd| usd.parse::<f64>().ok()).filter(|usd| usd.is_finite() && *usd > 0.0);
    let Some(usd) = usd else {
        let reason = "it has no price in dollars above zero".to_owned();
        return Err(OfferError::Unusable { key, sku: wanted_unit.to_owned(), reason });
    };
    Ok(Price {
        tiers: vec![Tier { up_to: None, usd }],
        usage_type: listed.usage_types.first().cloned(),
        effective: today.to_owned(),
        evidence: Evidence::Direct,
        source: format!("AWS's feed of Fargate Spot prices, read {today}"),
        ..listed.before.clone()
    })
}
