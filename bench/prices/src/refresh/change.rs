//! What a refresh changed, as text.

use std::fmt::Write;

use crate::{Listing, Price, Snapshot, Tier};

/// A line for each price that changed, and those that could not be read again.
pub(super) fn text(before: Option<&Snapshot>, after: &Snapshot) -> String {
    let mut text = String::new();
    let mut unchanged = 0;
    let mut kept = Vec::new();
    for (key, price) in &after.prices {
        if price.listing == (Listing::Documented {}) {
            kept.push(key.to_string());
            continue;
        }
        let _ = match before.map(|before| before.prices.get(key)) {
            Some(Some(old)) if old.tiers == price.tiers => {
                unchanged += 1;
                continue;
            }
            Some(Some(old)) => writeln!(text, "{key}: {} → {} $/{}", steps(old), steps(price), price.unit),
            Some(None) | None => writeln!(text, "{key}: {} $/{}, new", steps(price), price.unit),
        };
    }
    if before.is_some() {
        let _ = writeln!(text, "{unchanged} prices are unchanged.");
    }
    if !kept.is_empty() {
        let _ = writeln!(text, "Not refreshed, since no file lists them: {}.", kept.join(", "));
    }
    text
}

/// A price's steps: `1.16e-6 up to 300000000, then 1.04e-6`.
fn steps(price: &Price) -> String {
    let step = |tier: &Tier| match tier.up_to {
        Some(up_to) => format!("{} up to {up_to}", tier.usd),
        None => tier.usd.to_string(),
    };
    price.tiers.iter().map(step).collect::<Vec<_>>().join(", then ")
}
