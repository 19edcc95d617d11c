//! EC2: the server is an instance's only service and may take all of its memory. The system's own share is
//! not emulated.

use super::{ComputeError, Plan};
use crate::server::{START_TIMEOUT, ServerConfig};

pub(super) fn server(plan: Plan<'_>) -> Result<ServerConfig, ComputeError> {
    Ok(ServerConfig {
        entrypoint: plan.server()?,
        env: plan.env,
        memory_mib: plan.size.memory_mib,
        start_timeout: START_TIMEOUT,
    })
}
