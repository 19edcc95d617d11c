//! What a deployment will cost, shown before anything is made.

use ways::Way;

use crate::commands;

/// The calls a month that the bill is of.
const CALLS: f64 = 1_000_000.0;

/// The bill of a way, item by item; or why there is none.
pub(super) fn text(way: Way, region: &str, spot: bool) -> String {
    match commands::cost::bill(way, region, CALLS) {
        Ok(bill) if spot => format!("{bill}\nThat is on demand; Spot capacity is cheaper, by a price that changes.\n"),
        Ok(bill) => bill,
        Err(reason) => format!("Its cost is not known: {reason:#}\n"),
    }
}
