//! What each compute costs, one file each.

mod ec2;
mod fargate;
mod k8s;
mod lambda;

use crate::PriceError;
use ways::Compute;
use ways::Way;

use super::bill::Bill;
use super::usage::Usage;

/// Adds what a compute costs.
pub(super) fn items(bill: &mut Bill<'_>, way: Way, usage: &Usage, instances: u32) -> Result<(), PriceError> {
    match way.compute {
        Compute::Ec2 => ec2::items(bill, way.arch, usage, instances),
        Compute::Lambda => lambda::items(bill, way.arch, usage),
        Compute::Fargate => fargate::items(bill, way.arch, usage, instances),
        Compute::K8s => k8s::items(bill, way.arch, usage, instances),
    }
}

/// The vCPUs that one instance or task can use all month; nothing for a function, which has as many as it has calls.
pub(super) fn sustained_vcpu(way: Way) -> Option<f64> {
    match way.compute {
        Compute::Ec2 | Compute::K8s => Some(ec2::sustained_vcpu(way.arch)),
        Compute::Lambda => None,
        Compute::Fargate => Some(fargate::sustained_vcpu()),
    }
}
