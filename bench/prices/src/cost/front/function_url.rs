//! Function URL: no charge of its own. Its zero is a price in the snapshot, so that it is known where it was sold.

use crate::{PriceError, PriceKey};

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::Usage;

/// Adds requests, at nothing each.
pub(super) fn items(bill: &mut Bill<'_>, usage: &Usage) -> Result<(), PriceError> {
    bill.by_call(Part::Front, "function URL requests", usage.calls_per_month, PriceKey::FunctionUrlRequest)
}
