//! Which prices are wanted, and from where: what the snapshot before says of each.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Listing, Price, PriceKey, Snapshot};

use super::region::usage_type_prefixes;

/// A place that prices are read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// A service's file of the price list.
    PriceList {
        /// Its service code.
        service: String,
    },
    /// The feed of Fargate Spot prices.
    FargateSpotFeed,
}

/// A price, and how it is known in its source.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// Its name in snapshots.
    pub(super) key: PriceKey,
    /// Its usage type in the region; several where the region has prefixes of two kinds.
    pub(super) usage_types: Vec<String>,
    /// What the snapshot before has: its family, attributes and unit have to be found again.
    pub(super) before: Price,
}

/// The prices of a snapshot that can be read again, by where.
pub(super) fn by_source(template: &Snapshot, region: &str) -> BTreeMap<Source, Vec<Listed>> {
    let mut sources: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (&key, price) in &template.prices {
        let source = match &price.listing {
            Listing::PriceList { service, .. } => Source::PriceList { service: service.clone() },
            Listing::FargateSpotFeed { .. } => Source::FargateSpotFeed,
            // It is in no file: taken over as it is, and named so in the list of changes.
            Listing::Documented {} => continue,
        };
        let usage_types = usage_types(price, &template.region, region);
        sources.entry(source).or_default().push(Listed { key, usage_types, before: price.clone() });
    }
    sources
}

/// A usage type of one region as another has it.
fn usage_types(price: &Price, from: &str, to: &str) -> Vec<String> {
    let Some(usage_type) = &price.usage_type else { return Vec::new() };
    let prefixes = |region| usage_type_prefixes(region).unwrap_or_default();
    let longest = prefixes(from)
        .iter()
        .filter(|prefix| usage_type.starts_with(prefix.as_str()))
        .max_by_key(|prefix| prefix.len());
    let bare = longest.and_then(|prefix| usage_type.strip_prefix(prefix.as_str())).unwrap_or(usage_type);
    prefixes(to).iter().map(|prefix| format!("{prefix}{bare}")).collect()
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PriceList { service } => formatter.write_str(service),
            Self::FargateSpotFeed => formatter.write_str("Fargate Spot"),
        }
    }
}
