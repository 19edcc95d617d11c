//! The money: dated snapshots of what AWS charges, read from `bench/prices/snapshots/REGION/YYYY-MM.json`, and what a
//! way costs by them.
//!
//! It must not know how anything is measured, built or deployed. The schema of the snapshots is `schema.json` beside them.

pub mod cost;
mod folder;
mod key;
mod month;
mod refresh;
mod snapshot;

pub use folder::{PRICES_FOLDER, PriceFolder, PricesError};
pub use key::PriceKey;
pub use month::{Month, MonthError};
pub use refresh::{Refresh, RefreshError, Refreshed};
pub use snapshot::{Evidence, Listing, Price, PriceError, Snapshot, SnapshotError, Tier};
