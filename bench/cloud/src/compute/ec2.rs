//! EC2: the server is an instance's only service and may take all of its memory. The system's own share is
//! not emulated.
//!
//! Under the `aws` profile a t2.micro has its whole vCPU: it starts with 30 CPU credits, which are 30 minutes of it
//! (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html>), and no run is as
//! long. Beyond, it would fall to a tenth.

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
