//! Fargate: tasks on demand, as the original study's code deploys them; at Spot prices, as its table has them.

use ways::Way;

use super::ComputeCost;
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};
use crate::{PriceError, PriceKey};

/// MiB of what Fargate's price list calls a GB.
const MIB_PER_GB: f64 = 1024.0;

pub(super) struct Fargate;

impl ComputeCost for Fargate {
    /// A task has a public address, as the study's has: it pulls its image with it, and without one it would need a NAT
    /// gateway.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
        let (vcpu_hour, gb_hour) = match usage.scope {
            Scope::Published => (PriceKey::FargateSpotVcpuHour(way.arch), PriceKey::FargateSpotGbHour(way.arch)),
            Scope::Bill | Scope::Counted => (PriceKey::FargateVcpuHour(way.arch), PriceKey::FargateGbHour(way.arch)),
        };
        let task = way.resources();
        let hours = f64::from(instances) * HOURS_PER_MONTH;
        bill.monthly(Part::Compute, "task's vCPU", hours * task.vcpu, vcpu_hour)?;
        bill.monthly(Part::Compute, "task's memory", hours * task.memory_mib as f64 / MIB_PER_GB, gb_hour)?;
        bill.monthly(Part::Compute, "public IPv4 address", hours, PriceKey::PublicIpv4Hour)
    }
}
