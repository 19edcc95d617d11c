//! Kubernetes by EKS: AWS's control plane, and workers that grow with the calls.

use ways::{Axis, Way};

use super::{ComputeCost, SIZED_BY_INSTANCE, disk_gb_month};
use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Usage};
use crate::{PriceError, PriceKey};

pub(super) struct Eks;

impl ComputeCost for Eks {
    /// The cluster is one whatever its workers are. Each worker has an address of its own, by which it reaches AWS.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, workers: u32) -> Result<(), PriceError> {
        let workers = f64::from(workers);
        let hours = workers * HOURS_PER_MONTH;
        let worker_hour = PriceKey::InstanceHour(way.instance().expect(SIZED_BY_INSTANCE));
        let disk_gb = workers * f64::from(way.compute.facts().volume_gib("root"));
        bill.monthly(Part::Compute, "cluster", HOURS_PER_MONTH, PriceKey::EksClusterHour)?;
        bill.monthly(Part::Compute, "worker", hours, worker_hour)?;
        bill.monthly(Part::Compute, "worker's volume", disk_gb, disk_gb_month(usage.disk))?;
        bill.monthly(Part::Compute, "public IPv4 address", hours, PriceKey::PublicIpv4Hour)
    }
}
