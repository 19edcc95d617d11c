//! Kubernetes, after Terraform and before it is taken down: kOps makes the cluster, unless Terraform did (EKS), and kubectl
//! puts the counter on it.
//!
//! What is made is rendered by Nix and comes through Terraform's outputs: nothing of it is decided here. Each step can be
//! run again, so that an interrupted one goes on, and everything is bounded in time. With `--context` the cluster is
//! somebody else's: then kOps is not run, and only the deployment's namespace is touched.

mod eks;
mod kops;
mod kubectl;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use eks::Eks;
use kops::Kops;
use kubectl::Kubectl;
use ways::{Axis, Compute};

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
pub async fn check(tools: &Tools, maker: Maker<'_>, purpose: Purpose) -> anyhow::Result<()> {
    let context = match maker {
        Maker::Somebody(context) => Some(context.as_str()),
        Maker::Kops | Maker::Terraform => None,
    };
    kubectl::check(tools, context).await?;
    match maker {
        Maker::Kops => kops::check(tools, purpose).await,
        Maker::Somebody(_) | Maker::Terraform => Ok(()),
    }
}

/// Who makes a cluster.
#[derive(Clone, Copy, Debug)]
pub enum Maker<'a> {
    /// Somebody else, who has it already: by a context of the user's kubeconfig.
    Somebody(&'a ClusterContext),
    /// kOps, after Terraform.
    Kops,
    /// Terraform: AWS has the control plane.
    Terraform,
}

impl<'a> Maker<'a> {
    /// The maker of a compute's clusters, unless a context names one.
    #[must_use]
    pub fn of(compute: Compute, context: Option<&'a ClusterContext>) -> Self {
        match context {
            Some(context) => Self::Somebody(context),
            None if compute.facts().control_plane.is_some() => Self::Kops,
            None => Self::Terraform,
        }
    }
}

/// The counter on Kubernetes: in a cluster of its own, or in one that exists.
#[derive(Debug)]
pub struct Cluster<'a> {
    /// Where the cluster's credentials are kept.
    folder: &'a Path,
    maker: Maker<'a>,
    namespace: &'a str,
    /// What is applied there.
    manifests: &'a str,
    outputs: &'a Outputs,
    tools: Tools,
}

impl<'a> Cluster<'a> {
    /// What Terraform's outputs describe.
    ///
    /// # Errors
    /// When they lack something: they are another compute's, or of an apply that did not end.
    pub fn new(folder: &'a Path, outputs: &'a Outputs, maker: Maker<'a>, tools: Tools) -> anyhow::Result<Self> {
        Ok(Self {
            folder,
            maker,
            namespace: present(outputs.namespace.as_ref(), "namespace")?,
            manifests: present(outputs.manifests.as_ref(), "manifests")?,
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
        match self.maker {
            Maker::Somebody(_) => {}
            Maker::Kops => self.kops()?.up(report).await?,
            Maker::Terraform => self.eks()?.credentials().await?,
        }
        let kubectl = self.kubectl();
        report("kubectl: deploying the counter");
        kubectl.apply(self.manifests).await?;
        kubectl.wait_for_rollout().await?;
        if let Some(url) = &self.outputs.url {
            return Ok(url.clone());
        }
        report("kubectl: waiting for the balancer's name");
        let host = kubectl.balancer(present(self.outputs.balancer.as_ref(), "balancer")?).await?;
        Ok(format!("http://{host}"))
    }

    /// Takes down what `up` made, however far it came: the counter first, so that the cluster takes its balancer and
    /// its volume down, then the cluster. Where Terraform made the cluster, all that is outside of it is Terraform's to take
    /// down.
    ///
    /// # Errors
    /// When a step fails or takes too long. It can be called again.
    pub async fn down(&self, report: &(dyn Fn(&str) + Sync)) -> anyhow::Result<()> {
        let kops = match self.maker {
            Maker::Terraform => return Ok(()),
            Maker::Somebody(_) => {
                report("kubectl: deleting the counter and its balancer");
                return self.kubectl().delete_namespace().await;
            }
            Maker::Kops => self.kops()?,
        };
        report("kubectl: deleting the counter and its balancer");
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

    /// EKS with this deployment's cluster.
    fn eks(&self) -> anyhow::Result<Eks<'_>> {
        Ok(Eks {
            tools: &self.tools,
            cluster: present(self.outputs.cluster_name.as_ref(), "cluster_name")?,
            region: present(self.outputs.region.as_ref(), "region")?,
            kubeconfig: self.kubeconfig(),
        })
    }

    /// kOps with this deployment's cluster.
    fn kops(&self) -> anyhow::Result<Kops<'_>> {
        let outputs = self.outputs;
        Ok(Kops {
            tools: &self.tools,
            cluster: present(outputs.cluster_name.as_ref(), "cluster_name")?,
            bucket: present(outputs.kops_state.as_ref(), "kops_state")?,
            spec: present(outputs.kops_spec.as_ref(), "kops_spec")?,
            region: present(outputs.region.as_ref(), "region")?,
            kubeconfig: self.kubeconfig(),
        })
    }

    fn kubectl(&self) -> Kubectl<'_> {
        let cluster = match self.maker {
            Maker::Somebody(context) => ["--context".into(), context.as_str().into()],
            Maker::Kops | Maker::Terraform => ["--kubeconfig".into(), self.kubeconfig().into_os_string()],
        };
        Kubectl { tools: &self.tools, cluster, namespace: self.namespace }
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }
}
