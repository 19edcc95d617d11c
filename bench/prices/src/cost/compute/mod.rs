//! What each compute adds to a bill. This is the one table from a compute to its part.

mod ec2;
mod eks;
mod fargate;
mod k8s;
mod lambda;

use ways::{Compute, Way};

use super::bill::Bill;
use super::usage::{Disk, Usage};
use crate::{PriceError, PriceKey};

const SIZED_BY_INSTANCE: &str = "ways.toml sizes it by an instance type: a test reads it";

/// What a compute costs.
pub(super) trait ComputeCost {
    /// Adds what a month of so many instances or tasks costs; a function is one.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError>;
}

pub(super) fn part(compute: Compute) -> &'static dyn ComputeCost {
    match compute {
        Compute::Ec2 => &ec2::Ec2,
        // The adapter works within the call's duration, and its layer is free.
        Compute::Lambda | Compute::LambdaWeb => &lambda::Lambda,
        Compute::Fargate => &fargate::Fargate,
        Compute::K8s => &k8s::K8s,
        Compute::Eks => &eks::Eks,
    }
}

fn disk_gb_month(disk: Disk) -> PriceKey {
    match disk {
        Disk::Gp2 => PriceKey::EbsGp2GbMonth,
        Disk::Gp3 => PriceKey::EbsGp3GbMonth,
    }
}
