//! Prices that more than one part charges.

use ways::InstanceType;

use super::usage::Disk;
use crate::PriceKey;
use crate::key::PriceOfEach;

/// A public IPv4 address in use, whatever it is attached to.
pub(super) const PUBLIC_IPV4_HOUR: PriceKey = PriceKey::new("public_ipv4_hour");

/// A general purpose volume of the second generation.
const EBS_GP2_GB_MONTH: PriceKey = PriceKey::new("ebs_gp2_gb_month");

/// A general purpose volume of the third generation.
pub(super) const EBS_GP3_GB_MONTH: PriceKey = PriceKey::new("ebs_gp3_gb_month");

/// An instance, Linux, on demand.
pub(super) fn instance_hour(instance: InstanceType) -> PriceKey {
    PriceOfEach("ec2_{}_hour").of(&instance.facts().name)
}

/// What an instance boots from.
pub(super) fn disk_gb_month(disk: Disk) -> PriceKey {
    match disk {
        Disk::Gp2 => EBS_GP2_GB_MONTH,
        Disk::Gp3 => EBS_GP3_GB_MONTH,
    }
}

/// All prices of instances, with their disks and public addresses.
pub(super) fn of_instances() -> Vec<PriceKey> {
    let others = [EBS_GP2_GB_MONTH, EBS_GP3_GB_MONTH, PUBLIC_IPV4_HOUR];
    InstanceType::all().map(instance_hour).chain(others).collect()
}
