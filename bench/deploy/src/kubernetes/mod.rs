//! Kubernetes, after Terraform and before it is taken down: kOps makes the cluster, kubectl puts the counter on it.
//!
//! What is made is rendered by Nix and comes through Terraform's outputs: nothing of it is decided here. Each step can be
//! run again, so that an interrupted one goes on, and everything is bounded in time. With `--context` the cluster is
//! somebody else's: then kOps is not run, and only the deployment's namespace is touched.

mod kops;
mod kubectl;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use kops::Kops;
use kubectl::Kubectl;

use super::options::Context as ClusterContext;
use super::outputs::Outputs;

/// What a program's own bound is exceeded by before it is interrupted.
const MARGIN: Duration = Duration::from_secs(60);

/// The programs that are run.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The AWS command line.
    pub aws: PathBuf,
    /// kOps.
    pub kops: PathBuf,
    /// kubectl.
    pub kubectl: PathBuf,
    /// How often what must be waited for is asked again.
    pub poll: Duration,
}

impl Default for Tools {
    /// Those on the path.
    fn default() -> Self {
        // New instances and balancers take minutes: asking every 5 s costs nobody anything, and loses little.
        Self { aws: "aws".into(), kops: "kops".into(), kubectl: "kubectl".into(), poll: Duration::from_secs(5) }
    }
}

/// What is to be done with a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// kOps has to know how to make ours.
    Make,
    /// Any kOps can delete what another one made.
    Delete,
}

/// Holds that the programs are there and fit, before anything is changed.
///
/// # Errors
/// When one is missing, or the wrong one.
pub async fn check(tools: &Tools, context: Option<&ClusterContext>, purpose: Purpose) -> anyhow::Result<()> {
    kubectl::check(tools, context.map(ClusterContext::as_str)).await?;
    match context {
        Some(_) => Ok(()),
        None => kops::check(tools, purpose).await,
    }
}

/// The counter on Kubernetes: in a cluster of its own, or in one that exists.
#[derive(Debug)]
pub struct Cluster<'a> {
    /// Where the cluster's credentials are kept.
    folder: &'a Path,
    /// A context of the user's kubeconfig: an existing cluster.
    context: Option<&'a ClusterContext>,
    namespace: &'a str,
    /// What is applied there.
    manifests: &'a str,
    /// The object that the cluster makes a balancer of.
    balancer: &'a str,
    outputs: &'a Outputs,
    tools: Tools,
}

impl<'a> Cluster<'a> {
    /// What Terraform's outputs describe.
    ///
    /// # Errors
    /// When they lack something: they are another compute's, or of an apply that did not end.
    pub fn new(
        folder: &'a Path,
        outputs: &'a Outputs,
        context: Option<&'a ClusterContext>,
        tools: Tools,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            folder,
            context,
            namespace: present(outputs.namespace.as_ref(), "namespace")?,
            manifests: present(outputs.manifests.as_ref(), "manifests")?,
            balancer: present(outputs.balancer.as_ref(), "balancer")?,
            outputs,
            tools,
        })
    }
}

fn present<'a>(output: Option<&'a String>, name: &str) -> anyhow::Result<&'a str> {
    output.map(String::as_str).with_context(|| format!("Terraform's outputs have no `{name}`: apply it again"))
}

impl Cluster<'_> {
    /// Makes the cluster, unless it exists, and the counter in it; waits until both are healthy, and gives the
    /// balancer's URL, at which the counter may need some minutes more to be reached.
    ///
    /// # Errors
    /// When a step fails or takes too long. It can be called again.
    pub async fn up(&self, report: &(dyn Fn(&str) + Sync)) -> anyhow::Result<String> {
        if let Some(kops) = self.kops()? {
            kops.up(report).await?;
        }
        let kubectl = self.kubectl();
        report("kubectl: deploying the counter");
        kubectl.apply(self.manifests).await?;
        kubectl.wait_for_rollout().await?;
        report("kubectl: waiting for the balancer's name");
        let host = kubectl.balancer(self.balancer).await?;
        Ok(format!("http://{host}"))
    }

    /// Takes down what `up` made, however far it came: the counter first, so that the cluster takes its balancer and
    /// its volume down, then the cluster.
    ///
    /// # Errors
    /// When a step fails or takes too long. It can be called again.
    pub async fn down(&self, report: &(dyn Fn(&str) + Sync)) -> anyhow::Result<()> {
        report("kubectl: deleting the counter and its balancer");
        let Some(kops) = self.kops()? else { return self.kubectl().delete_namespace().await };
        if !kops.is_registered().await? {
            return Ok(());
        }
        // A cluster that never came up, or can't be reached, is no reason to stop: kOps deletes the balancers and volumes
        // that carry its tag too.
        if let Err(reason) = self.clear(&kops).await {
            report(&format!("kubectl: not possible ({reason:#}); left to kOps"));
        }
        kops.down(report).await
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
        let outputs = self.outputs;
        Ok(Some(Kops {
            tools: &self.tools,
            cluster: present(outputs.cluster_name.as_ref(), "cluster_name")?,
            bucket: present(outputs.kops_state.as_ref(), "kops_state")?,
            spec: present(outputs.kops_spec.as_ref(), "kops_spec")?,
            region: present(outputs.region.as_ref(), "region")?,
            kubeconfig: self.kubeconfig(),
        }))
    }

    fn kubectl(&self) -> Kubectl<'_> {
        let cluster = match self.context {
            Some(context) => ["--context".into(), context.as_str().into()],
            None => ["--kubeconfig".into(), self.kubeconfig().into_os_string()],
        };
        Kubectl { tools: &self.tools, cluster, namespace: self.namespace }
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }
}
