//! Fargate: the server is a task's only container and may take all of the task's memory.

use super::ServerPlan;
use crate::server::{START_TIMEOUT, ServerConfig};

pub(super) fn server(mut plan: ServerPlan) -> ServerConfig {
    // As Fargate sets it; the SDKs name it in their user agent.
    plan.env.insert("AWS_EXECUTION_ENV".to_owned(), "AWS_ECS_FARGATE".to_owned());
    ServerConfig {
        program: plan.program,
        env: plan.env,
        memory_mib: plan.size.memory_mib,
        start_timeout: START_TIMEOUT,
    }
}
