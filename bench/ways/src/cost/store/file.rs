//! A file: on the root volume, which the compute pays for, or on EFS, where the compute has no disk that lasts.

use crate::axis::Compute;
use crate::prices::{PriceError, PriceKey};

use crate::cost::bill::{Bill, Part};

use super::STORED_GB;

/// Adds EFS for Fargate. Its throughput is free in the bursting mode, which the origin has: a count needs a few KiB
/// per second, and even an empty file system has 1 MiB per second.
pub(super) fn items(bill: &mut Bill<'_>, compute: Compute) -> Result<(), PriceError> {
    match compute {
        Compute::Fargate => bill.monthly(Part::Store, "EFS storage", STORED_GB, PriceKey::EfsGbMonth),
        Compute::Ec2 | Compute::K8s | Compute::Lambda => Ok(()),
    }
}
