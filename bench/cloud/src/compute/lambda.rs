//! Lambda: the function's package, unpacked into a folder of its own, run by the Lambda service.

use std::sync::Arc;

use super::function_workload::FunctionWorkload;
use super::{ComputeError, Plan};
use crate::lambda::{FunctionConfig, Lambda, Slowness, unpack};

pub(super) async fn function(mut plan: Plan<'_>, lambda: &Arc<Lambda>) -> Result<FunctionWorkload, ComputeError> {
    let (package, runtime) = plan.function()?;
    let package_bytes = std::fs::metadata(&package).map_or(0, |metadata| metadata.len());
    let slowness = plan.conditions.map(|conditions| Slowness {
        invoke: conditions.invoke.clone(),
        cold: conditions.cold(package_bytes),
        // "About one full vCPU" while it initialises, whatever its memory: PeterUlb/lambdabench.
        init_cpu: conditions.share(1.0, conditions.lambda_period),
        cpu: conditions.share(plan.size.vcpu, conditions.lambda_period),
    });
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
        timeout: plan.timeout,
        slowness,
        ..FunctionConfig::new(plan.name, folder.path())
    })?;
    Ok(FunctionWorkload::new(function, Arc::clone(lambda), folder))
}
