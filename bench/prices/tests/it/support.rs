//! What the tests share: the checkout and its prices.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use prices::{PriceFolder, Snapshot};

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

/// The prices of eu-west-2 in a month, or the newest.
pub(crate) fn prices(date: Option<&str>) -> Snapshot {
    PriceFolder::of_checkout(&root()).read("eu-west-2", date).expect("prices")
}

/// The prices that figures in tests are worked out with: a refresh does not change them.
pub(crate) fn known_prices() -> &'static Snapshot {
    static PRICES: LazyLock<Snapshot> = LazyLock::new(|| prices(Some("2026-10")));
    &PRICES
}
