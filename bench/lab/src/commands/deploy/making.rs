//! From a confirmed plan to a URL: Terraform, then what Terraform can't do.

use anyhow::Context;
use deploy::kubernetes::{Cluster, Maker, Tools};
use programs::notice;
use ways::Compute;

use super::Prepared;

/// Makes it, and gives where it answers. It can be called again, however far it came.
pub(super) async fn make(compute: Compute, prepared: &Prepared) -> anyhow::Result<String> {
    let Prepared { folder, terraform, aws, variables, .. } = prepared;
    terraform.apply().await?;
    let outputs = terraform.outputs().await?;
    folder.write_outputs(&outputs)?;
    if outputs.manifests.is_some() {
        let maker = Maker::of(compute, variables.options.context.as_ref());
        let cluster = Cluster::new(folder.path(), &outputs, maker, Tools::default())?;
        return cluster.up(&|line| notice!("lab: {line}")).await;
    }
    match (&outputs.url, &outputs.task) {
        (Some(url), _) => Ok(url.clone()),
        (None, Some(task)) => aws.task_url(task).await,
        (None, None) => None.context("Terraform's outputs have neither a URL nor a task"),
    }
}
