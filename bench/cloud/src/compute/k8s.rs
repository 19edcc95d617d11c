//! Kubernetes: the server is one pod, limited by its worker's memory. The node's own services are not emulated.

use super::{ComputeError, Plan};
use crate::server::{START_TIMEOUT, ServerConfig};

pub(super) fn server(plan: Plan<'_>) -> Result<ServerConfig, ComputeError> {
    Ok(ServerConfig {
        entrypoint: plan.server()?,
        cpu: plan.cpu(),
        env: plan.env,
        memory_mib: plan.size.memory_mib,
        start_timeout: START_TIMEOUT,
    })
}
