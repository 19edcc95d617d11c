//! Fargate: tasks on demand, as the origin's code deploys them; at Spot prices, as its table has them.

use crate::{PriceError, PriceKey};
use ways::model;
use ways::{Arch, Compute};

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};

/// MiB of what Fargate's price list calls a GB.
const MIB_PER_GB: f64 = 1024.0;

/// Adds vCPU, memory and addresses. A task has a public address, as the origin's has: it pulls its image with it, and
/// without one it would need a NAT gateway.
pub(super) fn items(bill: &mut Bill<'_>, arch: Arch, usage: &Usage, instances: u32) -> Result<(), PriceError> {
    let (vcpu_hour, gb_hour) = prices(arch, usage.scope);
    let size = model().compute(Compute::Fargate).size;
    let hours = f64::from(instances) * HOURS_PER_MONTH;
    bill.monthly(Part::Compute, "task's vCPU", hours * size.vcpu, vcpu_hour)?;
    bill.monthly(Part::Compute, "task's memory", hours * size.memory_mib as f64 / MIB_PER_GB, gb_hour)?;
    bill.monthly(Part::Compute, "public IPv4 address", hours, PriceKey::PublicIpv4Hour)
}

fn prices(arch: Arch, scope: Scope) -> (PriceKey, PriceKey) {
    match (arch, scope) {
        (Arch::X86_64, Scope::Published) => (PriceKey::FargateSpotVcpuHourX86, PriceKey::FargateSpotGbHourX86),
        (Arch::X86_64, Scope::Bill | Scope::Counted) => (PriceKey::FargateVcpuHourX86, PriceKey::FargateGbHourX86),
        (Arch::Arm64, Scope::Bill | Scope::Counted | Scope::Published) => {
            (PriceKey::FargateVcpuHourArm, PriceKey::FargateGbHourArm)
        }
    }
}

/// A task has its share of a vCPU at all times.
pub(super) fn sustained_vcpu() -> f64 {
    model().compute(Compute::Fargate).size.vcpu
}
