//! From the products and terms that were kept, the one price that is wanted.

use crate::{Evidence, Price, Tier};

use super::OfferError;
use super::shape::{Dimension, Offer, Product, Term};
use crate::refresh::wanted::Listed;

/// The price that the wanted one at `index` has in a file.
pub(super) fn price(offer: &Offer, index: usize, listed: &Listed) -> Result<Price, OfferError> {
    let mut found: Vec<_> = offer.products.iter().filter(|(_, product)| product.wanted_by.contains(&index)).collect();
    found.sort_by_key(|(sku, _)| *sku);
    let prices = found.iter().map(|(sku, product)| {
        let unusable = |reason| OfferError::Unusable { key: listed.key.to_string(), sku: (*sku).clone(), reason };
        one(offer, sku, product, listed).map_err(unusable)
    });
    let prices = prices.collect::<Result<Vec<_>, _>>()?;
    let Some(first) = prices.first() else {
        return Err(OfferError::Missing { key: listed.key.to_string(), usage_types: listed.usage_types.join(" or ") });
    };
    // One product may be listed twice; what matters is that there is one price.
    if prices.iter().any(|price| price.tiers != first.tiers) {
        let skus = found.iter().map(|(sku, _)| sku.as_str()).collect::<Vec<_>>().join(", ");
        return Err(OfferError::Ambiguous { key: listed.key.to_string(), skus });
    }
    Ok(first.clone())
}

fn one(offer: &Offer, sku: &str, product: &Product, listed: &Listed) -> Result<Price, String> {
    let terms = offer.terms.get(sku).map(Vec::as_slice).unwrap_or_default();
    let term = terms.iter().max_by_key(|term| &term.effective_date).ok_or("it is not sold on demand")?;
    let effective = term.effective_date.get(..10).ok_or("its terms have no date")?.to_owned();
    for dimension in term.price_dimensions.values() {
        if unit(&dimension.unit) != unit(&listed.before.unit) {
            return Err(format!("its unit is `{}`, not `{}`", dimension.unit, listed.before.unit));
        }
    }
    Ok(Price {
        tiers: tiers(term)?,
        usage_type: Some(product.usage_type.clone()),
        product_family: listed.before.product_family.as_ref().and(product.family.clone()),
        effective,
        evidence: Evidence::Direct,
        source: format!("AWS price list, published {}, product {sku}", offer.publication_date),
        ..listed.before.clone()
    })
}

/// The steps of a price, without a free allowance at its beginning.
fn tiers(term: &Term) -> Result<Vec<Tier>, String> {
    let mut steps = term.price_dimensions.values().map(step).collect::<Result<Vec<_>, _>>()?;
    steps.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut from = 0.0;
    for (begin, tier) in &steps {
        if *begin != from {
            return Err(format!("its steps leave a gap before {begin}"));
        }
        from = tier.up_to.unwrap_or(f64::INFINITY);
    }
    let tiers: Vec<_> = steps.into_iter().map(|(_, tier)| tier).skip_while(|tier| tier.usd == 0.0).collect();
    if tiers.is_empty() {
        return Err("its price is zero".to_owned());
    }
    Ok(tiers)
}

/// Where a step begins, and the step.
fn step(dimension: &Dimension) -> Result<(f64, Tier), String> {
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| format!("`{text}` is not a quantity"))
    };
    let usd = dimension.price_per_unit.get("USD").ok_or("it has no price in dollars")?;
    let up_to = match dimension.end_range.as_str() {
        "Inf" => None,
        end => Some(number(end)?),
    };
    Ok((number(&dimension.begin_range)?, Tier { up_to, usd: number(usd)? }))
}

/// A unit without what differs between files: `Hrs`, `hours`; `Request`, `Requests`.
fn unit(text: &str) -> String {
    let lower = text.to_lowercase();
    let lower = lower.strip_suffix('s').unwrap_or(&lower);
    if lower == "hr" { "hour".to_owned() } else { lower.to_owned() }
}
