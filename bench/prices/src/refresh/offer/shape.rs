//! The file's shape, as streaming deserialisers: what is not wanted is passed over, never kept.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;

use crate::Listing;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::super::wanted::Listed;

/// What is kept of a file.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// When AWS published it.
    pub(super) publication_date: String,
    /// The wanted products by SKU.
    pub(super) products: HashMap<String, Product>,
    /// The on-demand terms of those, by SKU.
    pub(super) terms: HashMap<String, Vec<Term>>,
}

/// A product that some price wants.
#[derive(Debug)]
pub(super) struct Product {
    /// Its usage type.
    pub(super) usage_type: String,
    /// Its family, where it has one.
    pub(super) family: Option<String>,
    /// Which prices want it, by their place in the list.
    pub(super) wanted_by: Vec<usize>,
}

/// Terms that a product is sold on.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Term {
    /// Since when: RFC 3339.
    pub(super) effective_date: String,
    /// The steps of the price.
    pub(super) price_dimensions: HashMap<String, Dimension>,
}

/// A step of a price.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dimension {
    /// What is counted.
    pub(super) unit: String,
    /// From which quantity a month; absent in products without steps.
    #[serde(default = "from_zero")]
    pub(super) begin_range: String,
    /// Up to which, or `Inf`.
    #[serde(default = "without_end")]
    pub(super) end_range: String,
    /// By currency.
    pub(super) price_per_unit: HashMap<String, String>,
}

fn from_zero() -> String {
    "0".to_owned()
}

fn without_end() -> String {
    "Inf".to_owned()
}

/// Reads a file to its end.
pub(super) fn read(file: impl Read, wanted: &[Listed]) -> Result<Offer, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_reader(file);
    let offer = Root { wanted }.deserialize(&mut json)?;
    json.end()?;
    Ok(offer)
}

/// Has an object read by its visitor.
macro_rules! reads_object {
    ($seed:ident) => {
        impl<'de> DeserializeSeed<'de> for $seed<'_> {
            type Value = <Self as Visitor<'de>>::Value;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_map(self)
            }
        }
    };
}

/// The file as a whole.
struct Root<'a> {
    wanted: &'a [Listed],
}

reads_object!(Root);

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Offer;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a price list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Offer, A::Error> {
        let (mut offer, mut has_products, mut has_terms) = (Offer::default(), false, false);
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "publicationDate" => offer.publication_date = members.next_value()?,
                "products" => {
                    offer.products = members.next_value_seed(Products { wanted: self.wanted })?;
                    has_products = true;
                }
                // AWS writes products first. The other way round all terms would have to be kept.
                "terms" if !has_products => return Err(A::Error::custom("`terms` come before `products`")),
                "terms" => {
                    offer.terms = members.next_value_seed(Terms { products: &offer.products })?;
                    has_terms = true;
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        match (has_products, has_terms, offer.publication_date.get(..10).is_some()) {
            (true, true, true) => Ok(offer),
            (false, _, _) => Err(A::Error::missing_field("products")),
            (true, false, _) => Err(A::Error::missing_field("terms")),
            (true, true, false) => Err(A::Error::missing_field("publicationDate")),
        }
    }
}

/// `products`: one by one, the wanted ones kept.
struct Products<'a> {
    wanted: &'a [Listed],
}

reads_object!(Products);

impl<'de> Visitor<'de> for Products<'_> {
    type Value = HashMap<String, Product>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("products by SKU")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut products = HashMap::new();
        while let Some((sku, described)) = members.next_entry::<String, Described>()? {
            let matches = |listed: &Listed| described.is(listed);
            let wanted_by: Vec<_> =
                self.wanted.iter().enumerate().filter(|(_, listed)| matches(listed)).map(|(index, _)| index).collect();
            if !wanted_by.is_empty() {
                let usage_type = described.usage_type().to_owned();
                products.insert(sku, Product { usage_type, family: described.product_family, wanted_by });
            }
        }
        Ok(products)
    }
}

/// A product as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    product_family: Option<String>,
    attributes: HashMap<String, String>,
}

impl Described {
    fn usage_type(&self) -> &str {
        self.attributes.get("usagetype").map(String::as_str).unwrap_or_default()
    }

    fn is(&self, listed: &Listed) -> bool {
        let Listing::PriceList { attributes, .. } = &listed.before.listing else { return false };
        listed.usage_types.iter().any(|usage_type| usage_type == self.usage_type())
            && (listed.before.product_family.is_none() || listed.before.product_family == self.product_family)
            && attributes.iter().all(|(name, value)| self.attributes.get(name) == Some(value))
    }
}

/// `terms`: only those on demand.
struct Terms<'a> {
    products: &'a HashMap<String, Product>,
}

reads_object!(Terms);

impl<'de> Visitor<'de> for Terms<'_> {
    type Value = HashMap<String, Vec<Term>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("terms by their kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut terms = None;
        while let Some(kind) = members.next_key::<String>()? {
            if kind == "OnDemand" {
                terms = Some(members.next_value_seed(OnDemand { products: self.products })?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        terms.ok_or_else(|| A::Error::missing_field("OnDemand"))
    }
}

/// `terms.OnDemand`: by SKU, the wanted ones kept.
struct OnDemand<'a> {
    products: &'a HashMap<String, Product>,
}

reads_object!(OnDemand);

impl<'de> Visitor<'de> for OnDemand<'_> {
    type Value = HashMap<String, Vec<Term>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("terms by SKU")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut terms = HashMap::new();
        while let Some(sku) = members.next_key::<String>()? {
            if self.products.contains_key(&sku) {
                terms.insert(sku, members.next_value::<HashMap<String, Term>>()?.into_values().collect());
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(terms)
    }
}
