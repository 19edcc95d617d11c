//! Network Load Balancer: its hours, its capacity units, its address.

use ways::Way;

use super::{FrontCost, capacity_unit_hours, zones};
use crate::cost::bill::{Bill, Part};
use crate::cost::shared::PUBLIC_IPV4_HOUR;
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};
use crate::{PriceError, PriceKey};

/// New TCP connections per second, and GB per hour, in one unit (Elastic Load Balancing pricing).
const CONNECTIONS_PER_SECOND: f64 = 800.0;
const GB_PER_HOUR: f64 = 1.0;

/// Its hours, and its capacity units: what passes through it.
const HOUR: PriceKey = PriceKey::new("nlb_hour");
const LCU_HOUR: PriceKey = PriceKey::new("nlb_lcu_hour");

pub(super) struct Nlb;

impl FrontCost for Nlb {
    fn prices(&self) -> Vec<PriceKey> {
        vec![HOUR, LCU_HOUR, PUBLIC_IPV4_HOUR]
    }

    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage) -> Result<(), PriceError> {
        bill.monthly(Part::Balancer, "NLB", HOURS_PER_MONTH, HOUR)?;
        if usage.scope == Scope::Bill {
            let units = capacity_unit_hours(usage, CONNECTIONS_PER_SECOND, GB_PER_HOUR);
            bill.by_call(Part::Balancer, "NLB capacity units", units, LCU_HOUR)?;
            let address = zones(way.front) * HOURS_PER_MONTH;
            bill.monthly(Part::Balancer, "NLB public IPv4 address", address, PUBLIC_IPV4_HOUR)?;
        }
        Ok(())
    }
}
