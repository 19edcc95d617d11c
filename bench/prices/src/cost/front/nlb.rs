//! Network Load Balancer: its hours, its capacity units, its address.

use crate::{PriceError, PriceKey};

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};

use super::capacity_unit_hours;

/// It stands in the one zone that the server is in, with one address.
pub(super) const ZONES: f64 = 1.0;

/// New TCP connections per second, and GB per hour, in one unit (Elastic Load Balancing pricing).
const CONNECTIONS_PER_SECOND: f64 = 800.0;
const GB_PER_HOUR: f64 = 1.0;

/// Adds the balancer.
pub(super) fn items(bill: &mut Bill<'_>, usage: &Usage) -> Result<(), PriceError> {
    bill.monthly(Part::Balancer, "NLB", HOURS_PER_MONTH, PriceKey::NlbHour)?;
    if usage.scope == Scope::Bill {
        let units = capacity_unit_hours(usage, CONNECTIONS_PER_SECOND, GB_PER_HOUR);
        bill.by_call(Part::Balancer, "NLB capacity units", units, PriceKey::NlbLcuHour)?;
        let address = ZONES * HOURS_PER_MONTH;
        bill.monthly(Part::Balancer, "NLB public IPv4 address", address, PriceKey::PublicIpv4Hour)?;
    }
    Ok(())
}
