//! Kubernetes by EKS: AWS's control plane, and workers that grow with the calls.

use ways::{Axis, Way};

use super::{ComputeCost, SIZED_BY_INSTANCE};
use crate::cost::bill::{Bill, Part};
use crate::cost::shared::{PUBLIC_IPV4_HOUR, disk_gb_month, instance_hour, of_instances};
use crate::cost::usage::{HOURS_PER_MONTH, Usage};
use crate::{PriceError, PriceKey};

/// A cluster's control plane, while its version has standard support.
const CLUSTER_HOUR: PriceKey = PriceKey::new("eks_cluster_hour");

pub(super) struct Eks;

impl ComputeCost for Eks {
    fn prices(&self) -> Vec<PriceKey> {
        [of_instances(), vec![CLUSTER_HOUR]].concat()
    }

    /// The cluster is one whatever its workers are. Each worker has an address of its own, by which it reaches AWS.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, workers: u32) -> Result<(), PriceError> {
        let workers = f64::from(workers);
        let hours = workers * HOURS_PER_MONTH;
        let worker_hour = instance_hour(way.instance().expect(SIZED_BY_INSTANCE));
        let disk_gb = workers * f64::from(way.compute.facts().volume_gib("root"));
        bill.monthly(Part::Compute, "cluster", HOURS_PER_MONTH, CLUSTER_HOUR)?;
        bill.monthly(Part::Compute, "worker", hours, worker_hour)?;
        bill.monthly(Part::Compute, "worker's volume", disk_gb, disk_gb_month(usage.disk))?;
        bill.monthly(Part::Compute, "public IPv4 address", hours, PUBLIC_IPV4_HOUR)
    }
}
