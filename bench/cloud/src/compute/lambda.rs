//! Lambda: the function's package, unpacked into a folder of its own, run by the Lambda service.

use std::sync::Arc;
use std::time::Duration;

use super::function_workload::FunctionWorkload;
use super::{ComputeError, Plan};
use crate::lambda::{FunctionConfig, Lambda, unpack};

/// How long one invocation may take: as long as the most patient caller, an HTTP API, waits for it.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn function(mut plan: Plan<'_>, lambda: &Arc<Lambda>) -> Result<FunctionWorkload, ComputeError> {
    let (package, runtime) = plan.function()?;
    let folder = tempfile::Builder::new().prefix("function-").tempdir().map_err(ComputeError::Folder)?;
    let code = folder.path().to_owned();
    tokio::task::spawn_blocking(move || unpack(&package, &code))
        .await
        .expect("unpacking does not panic, and nothing aborts it")?;
    // Lambda's own.
    plan.env.remove("PATH");
    let function = lambda.create_function(FunctionConfig {
        runtime,
        env: plan.env,
        // Lambda's largest is 10,240 MiB.
        memory_mib: u32::try_from(plan.size.memory_mib).unwrap_or(u32::MAX),
        timeout: TIMEOUT,
        ..FunctionConfig::new(plan.name, folder.path())
    })?;
    Ok(FunctionWorkload::new(function, Arc::clone(lambda), folder))
}
