//! From an agreed plan to a URL: Terraform, then what Terraform can't do.

use anyhow::Context;
use serde_json::{Value, json};
use ways::{Compute, Way};

use super::Prepared;
use crate::commands;
use deploy::aws::Aws;
use deploy::kubernetes;

/// Makes it, and tells where it answers. It can be called again, however far it came.
pub(super) async fn make(way: Way, prepared: &Prepared) -> anyhow::Result<String> {
    let Prepared { folder, terraform, aws, variables, .. } = prepared;
    terraform.apply().await?;
    let outputs = terraform.outputs().await?;
    folder.keep_outputs(&outputs)?;
    if way.compute == Compute::K8s {
        let outputs = serde_json::from_value(json!(outputs)).context("Terraform's outputs lack something")?;
        let cluster = kubernetes::Deployment {
            folder: folder.path(),
            outputs: &outputs,
            context: variables.get("context").and_then(Value::as_str).filter(|context| !context.is_empty()),
            tools: kubernetes::Tools::default(),
        };
        return cluster.up(&|line| eprintln!("lab: {line}")).await;
    }
    match outputs.get("url").and_then(Value::as_str) {
        Some(url) => Ok(url.to_owned()),
        None => task_url(outputs.get("task").unwrap_or(&Value::Null), aws).await,
    }
}

/// Where a task without a balancer answers.
async fn task_url(task: &Value, aws: &Aws) -> anyhow::Result<String> {
    let told = |field: &str| task[field].as_str().with_context(|| format!("Terraform's outputs have no task.{field}"));
    let (cluster, service) = (told("cluster")?, told("service")?);
    let port = task["port"].as_u64().context("Terraform's outputs have no task.port")?;
    let address = commands::repeated(|| aws.task_address(cluster, service)).await?;
    Ok(format!("http://{address}:{port}"))
}
