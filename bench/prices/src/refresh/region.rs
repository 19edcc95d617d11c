//! AWS's regions, and what their usage types begin with on a bill.

use ways::model;

/// What a region's usage types begin with; `None` where `ways.toml` does not have the region.
pub(super) fn usage_type_prefixes(region: &str) -> Option<&'static [String]> {
    model().regions.get(region).map(Vec::as_slice)
}

/// The regions, as a message lists them.
pub(super) fn names() -> String {
    model().regions.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}
