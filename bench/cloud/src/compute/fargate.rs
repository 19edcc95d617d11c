//! Fargate: the server is a task's only container and may take all of the task's memory.

use super::{ComputeError, Plan};
use crate::server::{START_TIMEOUT, ServerConfig};

pub(super) fn server(mut plan: Plan<'_>) -> Result<ServerConfig, ComputeError> {
    // As Fargate sets it; the SDKs name it in their user agent.
    plan.env.insert("AWS_EXECUTION_ENV".to_owned(), "AWS_ECS_FARGATE".to_owned());
    Ok(ServerConfig {
        entrypoint: plan.server()?,
        cpu: plan.cpu(),
        env: plan.env,
        memory_mib: plan.size.memory_mib,
        start_timeout: START_TIMEOUT,
    })
}
