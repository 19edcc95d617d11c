//! EKS: how kubectl reaches the cluster that Terraform made. Must not make or delete anything on AWS.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use programs::Command;

use super::Tools;

/// For one call, which describes the cluster.
const LIMIT: Duration = Duration::from_secs(2 * 60);

/// The deployment's cluster.
pub(super) struct Eks<'a> {
    pub(super) tools: &'a Tools,
    pub(super) cluster: &'a str,
    pub(super) region: &'a str,
    pub(super) kubeconfig: PathBuf,
}

impl Eks<'_> {
    /// Writes a kubeconfig by which kubectl gets a token of AWS's command line at each call, valid for 15 minutes (EKS User
    /// Guide, "Connect kubectl to an EKS cluster by creating a kubeconfig file").
    pub(super) async fn credentials(&self) -> anyhow::Result<()> {
        let kubeconfig = self.kubeconfig.to_str().context("the deployment's folder has a name that is not UTF-8")?;
        let words = ["eks", "update-kubeconfig", "--name", self.cluster, "--region", self.region];
        let command = Command::new(&self.tools.aws).arguments(words).arguments(["--kubeconfig", kubeconfig]);
        Ok(command.limit(LIMIT).captured().await.map(drop)?)
    }
}
