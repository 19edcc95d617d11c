//! What runs the service: each compute says how it runs here.

mod ec2;
mod fargate;
mod k8s;
mod server_workload;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ways::{Compute, Size};

use crate::server::ServerConfig;
pub(crate) use server_workload::ServerWorkload;

/// What there is to run, and with what.
pub(crate) struct ServerPlan {
    pub(crate) program: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) size: Size,
}

/// How a compute that runs servers runs this one; none where it runs functions.
pub(crate) fn server(compute: Compute, plan: ServerPlan) -> Option<ServerConfig> {
    match compute {
        Compute::Ec2 => Some(ec2::server(plan)),
        Compute::Fargate => Some(fargate::server(plan)),
        Compute::K8s => Some(k8s::server(plan)),
        Compute::Lambda => None,
    }
}
