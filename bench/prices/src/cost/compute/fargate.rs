//! Fargate: tasks on demand, as the original study's code deploys them; at Spot prices, as its table has them.

use ways::{Axis, Way, model};

use super::ComputeCost;
use crate::cost::bill::{Bill, Part};
use crate::cost::shared::PUBLIC_IPV4_HOUR;
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};
use crate::key::PriceOfEach;
use crate::{PriceError, PriceKey};

/// MiB of what Fargate's price list calls a GB.
const MIB_PER_GB: f64 = 1024.0;

/// A task's vCPU, and its memory.
const VCPU_HOUR: PriceOfEach = PriceOfEach("fargate_vcpu_hour_{}");
const GB_HOUR: PriceOfEach = PriceOfEach("fargate_gb_hour_{}");

/// A Spot task's. No source has those of Arm.
const SPOT_VCPU_HOUR: PriceOfEach = PriceOfEach("fargate_spot_vcpu_hour_{}");
const SPOT_GB_HOUR: PriceOfEach = PriceOfEach("fargate_spot_gb_hour_{}");

pub(super) struct Fargate;

impl ComputeCost for Fargate {
    fn prices(&self) -> Vec<PriceKey> {
        let spot = [SPOT_VCPU_HOUR, SPOT_GB_HOUR].map(|price| price.of(model().defaults.arch.word()));
        VCPU_HOUR.arches().chain(GB_HOUR.arches()).chain(spot).chain([PUBLIC_IPV4_HOUR]).collect()
    }

    /// A task has a public address, as the study's has: it pulls its image with it, and without one it would need a NAT
    /// gateway.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
        let prices = match usage.scope {
            Scope::Published => [SPOT_VCPU_HOUR, SPOT_GB_HOUR],
            Scope::Bill | Scope::Counted => [VCPU_HOUR, GB_HOUR],
        };
        let [vcpu_hour, gb_hour] = prices.map(|price| price.of(way.arch.word()));
        let task = way.resources();
        let hours = f64::from(instances) * HOURS_PER_MONTH;
        bill.monthly(Part::Compute, "task's vCPU", hours * task.vcpu, vcpu_hour)?;
        bill.monthly(Part::Compute, "task's memory", hours * task.memory_mib as f64 / MIB_PER_GB, gb_hour)?;
        bill.monthly(Part::Compute, "public IPv4 address", hours, PUBLIC_IPV4_HOUR)
    }
}
