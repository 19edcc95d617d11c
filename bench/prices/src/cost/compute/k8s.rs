//! Kubernetes by kOps: one control node, and workers that grow with the calls.

use ways::{Axis, ByArch, Way};

use super::{ComputeCost, SIZED_BY_INSTANCE};
use crate::cost::bill::{Bill, Part};
use crate::cost::shared::{PUBLIC_IPV4_HOUR, disk_gb_month, instance_hour, of_instances};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};
use crate::{PriceError, PriceKey};

/// What the original study counts for a worker: its EC2 instance's disk.
const PUBLISHED_WORKER_DISK_GB: f64 = 8.0;

pub(super) struct K8s;

impl ComputeCost for K8s {
    fn prices(&self) -> Vec<PriceKey> {
        of_instances()
    }

    /// kOps' default topology gives each node a public address.
    fn items(&self, bill: &mut Bill<'_>, way: Way, usage: &Usage, workers: u32) -> Result<(), PriceError> {
        let facts = way.compute.facts();
        let gib = |volume| f64::from(facts.volume_gib(volume));
        let worker = way.instance().expect(SIZED_BY_INSTANCE);
        let control_plane = facts.control_plane.as_ref().and_then(|types: &ByArch| types.instance(way.arch));
        let control_node = match usage.scope {
            Scope::Bill => control_plane.expect("ways.toml has a cluster's control node: a test reads it"),
            // The study's is of the worker's type.
            Scope::Counted | Scope::Published => worker,
        };
        let disk = disk_gb_month(usage.disk);
        let workers = f64::from(workers);
        let (control_nodes, worker_disk_gb) = match usage.scope {
            Scope::Bill | Scope::Counted => (1.0, gib("root")),
            // It leaves the control node's instance out, and keeps its disks.
            Scope::Published => (0.0, PUBLISHED_WORKER_DISK_GB),
        };
        let control_node_disks_gb = gib("control_plane") + 2.0 * gib("etcd");
        let addresses = (control_nodes + workers) * HOURS_PER_MONTH;
        let control_node_hour = instance_hour(control_node);
        let worker_hour = instance_hour(worker);
        bill.monthly(Part::Compute, "control node's instance", control_nodes * HOURS_PER_MONTH, control_node_hour)?;
        bill.monthly(Part::Compute, "control node's volumes", control_node_disks_gb, disk)?;
        bill.monthly(Part::Compute, "worker", workers * HOURS_PER_MONTH, worker_hour)?;
        bill.monthly(Part::Compute, "worker's volume", workers * worker_disk_gb, disk)?;
        bill.monthly(Part::Compute, "public IPv4 address", addresses, PUBLIC_IPV4_HOUR)
    }
}
