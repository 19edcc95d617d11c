//! One service's file of AWS's price list, read as it streams in: only the wanted products and their terms are kept.
//!
//! The file is `{…, "products": {SKU: …}, "terms": {"OnDemand": {SKU: {TERM: …}}, "Reserved": …}}`, hundreds of MB for
//! EC2. It must know nothing of where the bytes come from.

mod find;
mod shape;

use std::io::Read;

use crate::Price;

use super::wanted::Listed;

/// Why a file does not give the prices wanted of it.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The bytes stopped coming, or came to an end before the file's.
    #[error("the file broke off")]
    BrokenOff(#[source] serde_json::Error),
    /// It is JSON of another shape, or not JSON.
    #[error("the file does not have the shape of a price list")]
    Shape(#[source] serde_json::Error),
    /// No product is what a price wants.
    #[error("`{key}`: no product has the usage type {usage_types}, its family and its attributes")]
    Missing {
        /// The price.
        key: String,
        /// What was looked for.
        usage_types: String,
    },
    /// Products of different prices are.
    #[error("`{key}`: {skus} all match, at different prices")]
    Ambiguous {
        /// The price.
        key: String,
        /// The products.
        skus: String,
    },
    /// A product's price can't be used.
    #[error("`{key}` (product {sku}): {reason}")]
    Unusable {
        /// The price.
        key: String,
        /// The product.
        sku: String,
        /// Why.
        reason: String,
    },
}

/// Reads the wanted prices out of a file, in the order wanted.
///
/// # Errors
/// When the file is not whole, or does not have each of them exactly once.
pub(super) fn read(file: impl Read, wanted: &[Listed]) -> Result<Vec<Price>, OfferError> {
    let offer = shape::read(file, wanted).map_err(|error| match error.classify() {
        serde_json::error::Category::Io | serde_json::error::Category::Eof => OfferError::BrokenOff(error),
        serde_json::error::Category::Data | serde_json::error::Category::Syntax => OfferError::Shape(error),
    })?;
    wanted.iter().enumerate().map(|(index, listed)| find::price(&offer, index, listed)).collect()
}

#[cfg(test)]
mod tests;
