//! Kubernetes by kOps: one control node, and workers that grow with the calls.

use crate::{PriceError, PriceKey};
use ways::Arch;

use crate::cost::bill::{Bill, Part};
use crate::cost::usage::{HOURS_PER_MONTH, Scope, Usage};

use super::ec2::{disk_gb_month, instance_hour};

/// kOps' defaults for a control node: its root volume and two volumes for etcd.
const CONTROL_NODE_DISKS_GB: f64 = 64.0 + 2.0 * 20.0;

/// kOps' default for a worker.
const WORKER_DISK_GB: f64 = 128.0;

/// What the origin counts for a worker: its EC2 instance's disk.
const PUBLISHED_WORKER_DISK_GB: f64 = 8.0;

/// Adds the nodes, their disks and their addresses (kOps' default topology gives each node a public one).
pub(super) fn items(bill: &mut Bill<'_>, arch: Arch, usage: &Usage, workers: u32) -> Result<(), PriceError> {
    let instance = instance_hour(arch);
    let control_node = match usage.scope {
        Scope::Bill => control_node_hour(arch),
        // The origin's is of the worker's type.
        Scope::Counted | Scope::Published => instance,
    };
    let disk = disk_gb_month(usage.disk);
    let workers = f64::from(workers);
    let (control_nodes, worker_disk_gb) = match usage.scope {
        Scope::Bill | Scope::Counted => (1.0, WORKER_DISK_GB),
        // It leaves the control node's instance out, and keeps its disks.
        Scope::Published => (0.0, PUBLISHED_WORKER_DISK_GB),
    };
    let addresses = (control_nodes + workers) * HOURS_PER_MONTH;
    bill.monthly(Part::Compute, "control node's instance", control_nodes * HOURS_PER_MONTH, control_node)?;
    bill.monthly(Part::Compute, "control node's volumes", CONTROL_NODE_DISKS_GB, disk)?;
    bill.monthly(Part::Compute, "worker", workers * HOURS_PER_MONTH, instance)?;
    bill.monthly(Part::Compute, "worker's volume", workers * worker_disk_gb, disk)?;
    bill.monthly(Part::Compute, "public IPv4 address", addresses, PriceKey::PublicIpv4Hour)
}

/// The smallest type that a control node gets healthy on: with the 1 GiB of the origin's it does not since kOps 1.22
/// (kubernetes/kops#13148), and kubeadm's documentation asks for 2 vCPU and 2 GB.
fn control_node_hour(arch: Arch) -> PriceKey {
    match arch {
        Arch::X86_64 => PriceKey::Ec2T3SmallHour,
        Arch::Arm64 => PriceKey::Ec2T4gSmallHour,
    }
}
