//! EC2: the server is an instance's only service and may take all of its memory. The system's own share is
//! not emulated.

use super::ServerPlan;
use crate::server::{START_TIMEOUT, ServerConfig};

pub(super) fn server(plan: ServerPlan) -> ServerConfig {
    ServerConfig {
        program: plan.program,
        env: plan.env,
        memory_mib: plan.size.memory_mib,
        start_timeout: START_TIMEOUT,
    }
}
