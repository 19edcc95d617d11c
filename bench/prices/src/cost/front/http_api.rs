//! HTTP API: requests, metered in steps of 512 KB, of which a call is one.

use crate::{PriceError, PriceKey};

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::Usage;

/// Adds requests.
pub(super) fn items(bill: &mut Bill<'_>, usage: &Usage) -> Result<(), PriceError> {
    bill.by_call(Part::Front, "HTTP API requests", usage.calls_per_month, PriceKey::HttpApiRequest)
}
