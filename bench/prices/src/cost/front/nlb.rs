//! Network Load Balancer: its hours, its capacity units, its address.

use ways::Way;

use super::{FrontCost, capacity_unit_hours, zones};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};
use crate::{PriceError, PriceKey};

/// New TCP connections per second, and GB per hour, in one unit (Elastic Load Balancing pricing).
const CONNECTIONS_PER_SECOND: f64 = 800.0;
const GB_PER_HOUR: f64 = 1.0;

pub(super) struct Nlb;

impl FrontCost for Nlb {
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage) -> Result<(), PriceError> {
        bill.monthly(Part::Balancer, "NLB", HOURS_PER_MONTH, PriceKey::NlbHour)?;
        if usage.scope == Scope::Bill {
            let units = capacity_unit_hours(usage, CONNECTIONS_PER_SECOND, GB_PER_HOUR);
            bill.by_call(Part::Balancer, "NLB capacity units", units, PriceKey::NlbLcuHour)?;
            let address = zones(way.front) * HOURS_PER_MONTH;
            bill.monthly(Part::Balancer, "NLB public IPv4 address", address, PriceKey::PublicIpv4Hour)?;
        }
        Ok(())
    }
}
