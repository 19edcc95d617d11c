//! A file: on the root volume, which the compute pays for, on a volume of its own, where the root volume goes with its
//! node, or on EFS, where the compute has no disk that lasts.

use crate::{PriceError, PriceKey};
use ways::Compute;

use crate::cost::bill::{Bill, Part};

use super::STORED_GB;

/// The smallest EBS volume there is, in GiB.
const VOLUME_GB: f64 = 1.0;

/// Adds a volume for Kubernetes, and EFS for Fargate. EFS' throughput is free in the bursting mode, which the origin
/// has: a count needs a few KiB per second, and even an empty file system has 1 MiB per second.
pub(super) fn items(bill: &mut Bill<'_>, compute: Compute) -> Result<(), PriceError> {
    match compute {
        Compute::Fargate => bill.monthly(Part::Store, "EFS storage", STORED_GB, PriceKey::EfsGbMonth),
        Compute::K8s => bill.monthly(Part::Store, "the count's volume", VOLUME_GB, PriceKey::EbsGp3GbMonth),
        Compute::Ec2 | Compute::Lambda => Ok(()),
    }
}
