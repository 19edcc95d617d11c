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
use super::usage::{Scope, Usage};
use crate::{PriceError, PriceKey};

pub use lambda::function_gb_second;

const SIZED_BY_INSTANCE: &str = "ways.toml sizes it by an instance type: a test reads it";

/// Images in a private repository of ECR, compressed as they are there.
const ECR_GB_MONTH: PriceKey = PriceKey::new("ecr_gb_month");

/// What a compute costs.
pub(super) trait ComputeCost {
    /// Each price that it may charge.
    fn prices(&self) -> Vec<PriceKey>;

    /// Adds what a month of so many instances or tasks costs; a function is one.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError>;
}

/// Adds what a way's compute costs, with the image that it deploys in ECR, where it deploys one.
pub(super) fn items(bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
    part(way.compute).items(bill, way, usage, instances)?;
    if way.compute.facts().artifact == ArtifactKind::ContainerImage && usage.scope == Scope::Bill {
        bill.monthly(Part::Compute, "image in ECR", assumption::image_gb(way), ECR_GB_MONTH)?;
    }
    Ok(())
}

/// Each price that some compute may charge.
pub(super) fn prices() -> impl Iterator<Item = PriceKey> {
    Compute::ALL.iter().flat_map(|&compute| part(compute).prices()).chain([ECR_GB_MONTH])
}

/// Nothing runs, and nothing is charged.
struct Nothing;

impl ComputeCost for Nothing {
    fn prices(&self) -> Vec<PriceKey> {
        Vec::new()
    }

    fn items(&self, _bill: &mut Bill<'_>, _way: Way, _usage: &Usage, _instances: u32) -> Result<(), PriceError> {
        Ok(())
    }
}

fn part(compute: Compute) -> &'static dyn ComputeCost {
    match compute {
        Compute::Ec2 => &ec2::Ec2,
        // The adapter works within the call's duration, and its layer is free; a call costs the same from an image.
        Compute::Lambda | Compute::Lambdaweb | Compute::Lambdaimage => &lambda::Lambda,
        Compute::Fargate => &fargate::Fargate,
        Compute::K8s => &k8s::K8s,
        Compute::Eks => &eks::Eks,
        Compute::Nocompute => &Nothing,
        Compute::Lightsail => &lightsail::Lightsail,
    }
}
