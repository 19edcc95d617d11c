//! EC2: instances of the smallest burstable type, each with its disk and its public address.

use crate::{PriceError, PriceKey};
use ways::Arch;

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{Disk, HOURS_PER_MONTH, Usage};

/// The root volume of the origin's instance.
const DISK_GB: f64 = 8.0;

/// Adds instances, disks and addresses. Each instance has an address of its own behind a balancer too: without one it
/// would need a NAT gateway, which costs ten times as much, to reach AWS.
pub(super) fn items(bill: &mut Bill<'_>, arch: Arch, usage: &Usage, instances: u32) -> Result<(), PriceError> {
    let instances = f64::from(instances);
    bill.monthly(Part::Compute, "instance", instances * HOURS_PER_MONTH, instance_hour(arch))?;
    bill.monthly(Part::Compute, "root volume", instances * DISK_GB, disk_gb_month(usage.disk))?;
    bill.monthly(Part::Compute, "public IPv4 address", instances * HOURS_PER_MONTH, PriceKey::PublicIpv4Hour)
}

/// The type by arch: the origin's t2.micro, and the cheapest Arm of the same memory.
pub(super) fn instance_hour(arch: Arch) -> PriceKey {
    match arch {
        Arch::X86_64 => PriceKey::Ec2T2MicroHour,
        Arch::Arm64 => PriceKey::Ec2T4gMicroHour,
    }
}

pub(super) fn disk_gb_month(disk: Disk) -> PriceKey {
    match disk {
        Disk::Gp2 => PriceKey::EbsGp2GbMonth,
        Disk::Gp3 => PriceKey::EbsGp3GbMonth,
    }
}

/// The baseline of a burstable instance: what it can use once its credits are spent, without a surcharge. t2.micro
/// earns 6 credits an hour on one vCPU, t4g.micro 12 on two; a credit is a vCPU for a minute (EC2 User Guide, "Key
/// concepts for burstable performance instances").
pub(super) fn sustained_vcpu(arch: Arch) -> f64 {
    let credits_per_hour = match arch {
        Arch::X86_64 => 6.0,
        Arch::Arm64 => 12.0,
    };
    credits_per_hour / 60.0
}
