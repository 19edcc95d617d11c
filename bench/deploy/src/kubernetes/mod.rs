//! Kubernetes, after Terraform and before it is taken down: kOps makes the cluster, kubectl puts the counter on it.
//!
//! What is made is rendered by Nix and comes through Terraform's outputs: nothing of it is decided here. Each step can
//! be run again, so that an interrupted one goes on, and everything is bounded in time. With `--context` the cluster
//! is somebody else's: then kOps is not asked, and only the deployment's namespace is touched.

mod kops;
mod kubectl;
mod tool;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use kops::Kops;
use kubectl::Kubectl;
pub use tool::Tools;

/// What Terraform tells of a deployment on Kubernetes: its outputs' values.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Outputs {
    /// The region.
    pub region: String,
    /// The namespace, which holds all that is ours in the cluster.
    pub namespace: String,
    /// What is applied there: a Kubernetes List, as JSON.
    pub manifests: String,
    /// The balancer that the cluster makes of one of them: `service/counter` or `ingress/counter`.
    pub balancer: String,
    /// kOps' cluster; nothing on an existing one.
    #[serde(default)]
    pub cluster_name: Option<String>,
    /// The bucket of kOps' state.
    #[serde(default)]
    pub kops_state: Option<String>,
    /// kOps' objects: a list, as JSON.
    #[serde(default)]
    pub kops_spec: Option<String>,
}

/// A deployment on Kubernetes.
pub struct Deployment<'a> {
    /// Where the cluster's credentials are kept.
    pub folder: &'a Path,
    /// What Terraform told.
    pub outputs: &'a Outputs,
    /// A context of the user's kubeconfig: an existing cluster.
    pub context: Option<&'a str>,
    /// What is run.
    pub tools: Tools,
}

impl Deployment<'_> {
    /// Checks that the tools are there and fit, before anything is made.
    ///
    /// # Errors
    /// When one is missing, or the wrong one.
    pub async fn check(tools: &Tools, context: Option<&str>) -> anyhow::Result<()> {
        kubectl::check(tools, context).await?;
        match context {
            Some(_) => Ok(()),
            None => kops::check(tools).await,
        }
    }

    /// Makes the cluster, unless it exists, and the counter in it; waits until both are healthy, and gives the
    /// balancer's URL, at which the counter may need some minutes more to be reached.
    ///
    /// # Errors
    /// When a step fails or takes too long. It can be called again.
    pub async fn up(&self, say: &(dyn Fn(&str) + Sync)) -> anyhow::Result<String> {
        if let Some(kops) = self.kops()? {
            kops.up(say).await?;
        }
        let kubectl = self.kubectl();
        say("kubectl: putting the counter on the cluster");
        kubectl.apply(&self.outputs.manifests).await?;
        kubectl.wait_for_rollout().await?;
        say("kubectl: waiting for the balancer's name");
        let host = kubectl.balancer(&self.outputs.balancer).await?;
        Ok(format!("http://{host}"))
    }

    /// Takes down what `up` made, however far it came: the counter first, so that the cluster takes its balancer and
    /// its volume down, then the cluster.
    ///
    /// # Errors
    /// When a step fails or takes too long. It can be called again.
    pub async fn down(&self, say: &(dyn Fn(&str) + Sync)) -> anyhow::Result<()> {
        say("kubectl: taking the counter and its balancer down");
        let Some(kops) = self.kops()? else { return self.kubectl().delete_namespace().await };
        if !kops.is_registered().await? {
            return Ok(());
        }
        // A cluster that never came up, or that nobody reaches, is no reason to stop: kOps deletes the balancers and
        // volumes that carry its tag too.
        if let Err(reason) = self.clear(&kops).await {
            say(&format!("kubectl: not possible ({reason:#}); left to kOps"));
        }
        kops.down(say).await
    }

    /// Deletes what is ours in the cluster that kOps made.
    async fn clear(&self, kops: &Kops<'_>) -> anyhow::Result<()> {
        kops.credentials(Duration::ZERO).await?;
        self.kubectl().delete_namespace().await
    }

    /// kOps with this deployment's cluster, where it has one of its own.
    fn kops(&self) -> anyhow::Result<Option<Kops<'_>>> {
        if self.context.is_some() {
            return Ok(None);
        }
        let missing = "Terraform's outputs name no kOps cluster: apply it again without a context";
        Ok(Some(Kops {
            tools: &self.tools,
            cluster: self.outputs.cluster_name.as_deref().context(missing)?,
            bucket: self.outputs.kops_state.as_deref().context(missing)?,
            spec: self.outputs.kops_spec.as_deref().context(missing)?,
            region: &self.outputs.region,
            kubeconfig: self.kubeconfig(),
        }))
    }

    fn kubectl(&self) -> Kubectl<'_> {
        let cluster = match self.context {
            Some(context) => ["--context".into(), context.into()],
            None => ["--kubeconfig".into(), self.kubeconfig().into_os_string()],
        };
        Kubectl { tools: &self.tools, cluster, namespace: &self.outputs.namespace }
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }
}
