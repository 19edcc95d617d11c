//! Prices: dated snapshots of what AWS asks for, read from `bench/ways/prices/REGION/YYYY-MM.json`.
//!
//! It must not fetch them: that is `lab prices refresh`. The schema beside the files is `schema.json`.

mod folder;
mod key;
mod month;
mod snapshot;

pub use folder::{PRICES_FOLDER, PriceFolder, PricesError};
pub use key::PriceKey;
pub use month::{Month, MonthError};
pub use snapshot::{Evidence, Listing, Price, PriceError, Snapshot, SnapshotError, Tier};
