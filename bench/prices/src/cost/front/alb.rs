//! Application Load Balancer: its hours, its capacity units, its addresses.

use crate::{PriceError, PriceKey};

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};

use super::capacity_unit_hours;

/// It needs two zones at least, and has a public address in each.
pub(super) const ZONES: f64 = 2.0;

/// New connections per second in one unit (Elastic Load Balancing pricing).
const CONNECTIONS_PER_SECOND: f64 = 25.0;

/// GB per hour in one unit, of servers and of functions.
const SERVER_GB_PER_HOUR: f64 = 1.0;
const FUNCTION_GB_PER_HOUR: f64 = 0.4;

/// Adds the balancer. Rules are free: it has one, and the first ten are.
pub(super) fn items(bill: &mut Bill<'_>, usage: &Usage, is_server: bool) -> Result<(), PriceError> {
    bill.monthly(Part::Balancer, "ALB", HOURS_PER_MONTH, PriceKey::AlbHour)?;
    if usage.scope == Scope::Bill {
        let gb_per_hour = if is_server { SERVER_GB_PER_HOUR } else { FUNCTION_GB_PER_HOUR };
        let units = capacity_unit_hours(usage, CONNECTIONS_PER_SECOND, gb_per_hour);
        bill.by_call(Part::Balancer, "ALB capacity units", units, PriceKey::AlbLcuHour)?;
        let addresses = ZONES * HOURS_PER_MONTH;
        bill.monthly(Part::Balancer, "ALB public IPv4 addresses", addresses, PriceKey::PublicIpv4Hour)?;
    }
    Ok(())
}
