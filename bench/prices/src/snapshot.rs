//! A dated snapshot: what AWS charged in one region in one month, each price with where it is from.
//!
//! A price that is not there is an error, never zero.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::PriceKey;
use super::month::Month;

/// Above any price of one unit: what is higher is a slip, and would make bills that are no numbers.
const MOST_USD: f64 = 1e6;

/// The prices of one region in one month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Where its JSON schema is, from the file.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// The AWS region.
    pub region: String,
    /// The month that the prices hold for.
    pub date: Month,
    /// Always `USD`.
    pub currency: String,
    /// The prices. Tax and free allowances are left out.
    pub prices: BTreeMap<PriceKey, Price>,
}

/// One price, and where it is from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Dollars for one unit, cheaper steps of a month's quantity included.
    pub tiers: Vec<Tier>,
    /// The unit, in the words of AWS's price list.
    pub unit: String,
    /// The usage type under which a bill lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_type: Option<String>,
    /// The product family in AWS's price list; absent where the product has none, or it could not be verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_family: Option<String>,
    /// Where it can be read again.
    pub listing: Listing,
    /// The date for which the source gives the price: `2026-10-01`, or `2026-10`.
    pub effective: String,
    /// How the source supports it.
    pub evidence: Evidence,
    /// Where it was read.
    pub source: String,
    /// What else there is to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A step of a price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The month's quantity up to which it holds; absent where there is no end. What lies above the last tier is
    /// not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<f64>,
    /// Dollars for one unit.
    pub usd: f64,
}

/// Where a price can be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Listing {
    /// In a file of AWS's price list.
    PriceList {
        /// The file's service code.
        service: String,
        /// What the product's attributes must be, besides its usage type.
        attributes: BTreeMap<String, String>,
    },
    /// In the feed of Fargate Spot prices.
    FargateSpotFeed {
        /// The unit that the feed calls it by.
        unit: String,
    },
    /// Nowhere but in words.
    Documented {},
}

/// How a source supports a price for its month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A figure of that region at that date.
    Direct,
    /// The same figure before and after.
    Bracketed,
    /// The same figure earlier: taken for unchanged.
    Earlier,
    /// The same figure later: taken for unchanged.
    Later,
    /// The original study's own arithmetic leaves no other figure.
    Origin,
    /// AWS says it in words.
    Documented,
}

/// A snapshot that can't be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is not JSON of the right shape.
    #[error("it does not have the shape of a snapshot")]
    Shape(#[source] serde_json::Error),
    /// A price has a value that none can have.
    #[error("price `{key}`: {reason}")]
    Price {
        /// The price.
        key: PriceKey,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A price that is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// The snapshot has no such price.
    #[error("the price `{key}` is not known for {region} {date}")]
    Unknown {
        /// The price.
        key: PriceKey,
        /// The snapshot's region.
        region: String,
        /// The snapshot's month.
        date: Month,
    },
    /// The snapshot has no price for so large a quantity.
    #[error("the price `{key}` is not known for {region} {date} beyond {known_up_to} {unit} a month")]
    UnknownBeyond {
        /// The price.
        key: PriceKey,
        /// The snapshot's region.
        region: String,
        /// The snapshot's month.
        date: Month,
        /// How far it is known.
        known_up_to: u64,
        /// Its unit.
        unit: String,
    },
}

impl Snapshot {
    /// Reads a snapshot.
    ///
    /// # Errors
    /// When it has another shape, or a price that can't be.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let snapshot: Self = serde_json::from_str(text).map_err(SnapshotError::Shape)?;
        for (&key, price) in &snapshot.prices {
            price.check().map_err(|reason| SnapshotError::Price { key, reason })?;
        }
        Ok(snapshot)
    }

    /// Writes it as its file has it.
    ///
    /// # Panics
    /// Never: it has string keys and finite numbers only.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("a snapshot has string keys and finite numbers only");
        json + "\n"
    }

    /// A price.
    ///
    /// # Errors
    /// When it is not known.
    pub fn price(&self, key: PriceKey) -> Result<&Price, PriceError> {
        let unknown = || PriceError::Unknown { key, region: self.region.clone(), date: self.date };
        self.prices.get(&key).ok_or_else(unknown)
    }

    /// What a month's quantity costs, in dollars.
    ///
    /// # Errors
    /// When the price is not known, or not for so much.
    pub fn usd(&self, key: PriceKey, quantity: f64) -> Result<f64, PriceError> {
        let price = self.price(key)?;
        price.usd(quantity).ok_or_else(|| PriceError::UnknownBeyond {
            key,
            region: self.region.clone(),
            date: self.date,
            known_up_to: price.tiers.last().and_then(|tier| tier.up_to).unwrap_or_default() as u64,
            unit: price.unit.clone(),
        })
    }
}

impl Price {
    /// What a quantity costs; nothing where it is more than the price is known for.
    fn usd(&self, quantity: f64) -> Option<f64> {
        let mut usd = 0.0;
        let mut from = 0.0;
        for tier in &self.tiers {
            let to = tier.up_to.unwrap_or(f64::INFINITY);
            usd += (quantity.min(to) - from) * tier.usd;
            if quantity <= to {
                return Some(usd);
            }
            from = to;
        }
        None
    }

    /// What is wrong with it, if anything is.
    fn check(&self) -> Result<(), &'static str> {
        if self.tiers.is_empty() {
            return Err("it has no tier");
        }
        let mut from = 0.0;
        for (index, tier) in self.tiers.iter().enumerate() {
            if !(0.0..=MOST_USD).contains(&tier.usd) {
                return Err("a tier's dollars are below zero, or above a million for one unit");
            }
            match tier.up_to {
                Some(up_to) if up_to > from => from = up_to,
                None if index + 1 == self.tiers.len() => {}
                Some(_) | None => return Err("its tiers do not rise"),
            }
        }
        // Zero is the mark of a price that was not found: one that is meant says so.
        if self.tiers.iter().all(|tier| tier.usd == 0.0) && self.note.is_none() {
            return Err("it is zero, without a note that explains it");
        }
        Ok(())
    }
}
