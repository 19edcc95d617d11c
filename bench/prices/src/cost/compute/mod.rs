//! What each compute adds to a bill. This is the one table from a compute to its part.

mod ec2;
mod eks;
mod fargate;
mod k8s;
mod lambda;
mod lightsail;

use ways::{ArtifactKind, Axis, Compute, Way};

use super::assumption;
use super::bill::{Bill, Part};
use super::usage::{Disk, Scope, Usage};
use crate::{PriceError, PriceKey};

const SIZED_BY_INSTANCE: &str = "ways.toml sizes it by an instance type: a test reads it";

/// What a compute costs.
pub(super) trait ComputeCost {
    /// Adds what a month of so many instances or tasks costs; a function is one.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError>;
}

/// Adds what a way's compute costs, with the image that it deploys in ECR, where it deploys one.
pub(super) fn items(bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
    part(way.compute).items(bill, way, usage, instances)?;
    if way.compute.facts().artifact == ArtifactKind::ContainerImage && usage.scope == Scope::Bill {
        bill.monthly(Part::Compute, "image in ECR", assumption::image_gb(way), PriceKey::EcrGbMonth)?;
    }
    Ok(())
}

/// Nothing runs, and nothing is charged.
struct Nothing;

impl ComputeCost for Nothing {
    fn items(&self, _bill: &mut Bill<'_>, _way: Way, _usage: &Usage, _instances: u32) -> Result<(), PriceError> {
        Ok(())
    }
}

fn part(compute: Compute) -> &'static dyn ComputeCost {
    match compute {
        Compute::Ec2 => &ec2::Ec2,
        // The adapter works within the call's duration, and its layer is free; a call costs the same from an image.
        Compute::Lambda | Compute::LambdaWeb | Compute::LambdaImage => &lambda::Lambda,
        Compute::Fargate => &fargate::Fargate,
        Compute::K8s => &k8s::K8s,
        Compute::Eks => &eks::Eks,
        Compute::NoCompute => &Nothing,
        Compute::Lightsail => &lightsail::Lightsail,
    }
}

fn disk_gb_month(disk: Disk) -> PriceKey {
    match disk {
        Disk::Gp2 => PriceKey::EbsGp2GbMonth,
        Disk::Gp3 => PriceKey::EbsGp3GbMonth,
    }
}
