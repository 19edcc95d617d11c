//! Application Load Balancer: its hours, its capacity units, its addresses.

use ways::Way;

use super::{FrontCost, capacity_unit_hours, zones};
use crate::cost::bill::{Bill, Part};
use crate::cost::shared::PUBLIC_IPV4_HOUR;
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage, is_server};
use crate::{PriceError, PriceKey};

/// New connections per second in one unit (Elastic Load Balancing pricing).
const CONNECTIONS_PER_SECOND: f64 = 25.0;

/// GB per hour in one unit, of servers and of functions.
const SERVER_GB_PER_HOUR: f64 = 1.0;
const FUNCTION_GB_PER_HOUR: f64 = 0.4;

/// Its hours, and its capacity units: what passes through it.
const HOUR: PriceKey = PriceKey::new("alb_hour");
const LCU_HOUR: PriceKey = PriceKey::new("alb_lcu_hour");

pub(super) struct Alb;

impl FrontCost for Alb {
    fn prices(&self) -> Vec<PriceKey> {
        vec![HOUR, LCU_HOUR, PUBLIC_IPV4_HOUR]
    }

    /// Rules are free: it has one, and the first ten are.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage) -> Result<(), PriceError> {
        bill.monthly(Part::Balancer, "ALB", HOURS_PER_MONTH, HOUR)?;
        if usage.scope == Scope::Bill {
            let gb_per_hour = if is_server(way) { SERVER_GB_PER_HOUR } else { FUNCTION_GB_PER_HOUR };
            let units = capacity_unit_hours(usage, CONNECTIONS_PER_SECOND, gb_per_hour);
            bill.by_call(Part::Balancer, "ALB capacity units", units, LCU_HOUR)?;
            let addresses = zones(way.front) * HOURS_PER_MONTH;
            bill.monthly(Part::Balancer, "ALB public IPv4 addresses", addresses, PUBLIC_IPV4_HOUR)?;
        }
        Ok(())
    }
}
