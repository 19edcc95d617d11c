//! kubectl: puts the counter on a cluster and takes it away. Must touch nothing outside of the deployment's namespace.

use std::ffi::{OsStr, OsString};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use programs::{Command, Grace};

use super::{MARGIN, Tools};

/// For calls that don't wait for anything in the cluster.
const CALL_LIMIT: Duration = Duration::from_secs(2 * 60);

/// For the pod to be scheduled, its image pulled and its volume made: two minutes, of which the image is most.
const ROLLOUT_LIMIT: Duration = Duration::from_secs(10 * 60);

/// For the balancer to have a name: the controller asks AWS for it at once, AWS answers in seconds.
const BALANCER_LIMIT: Duration = Duration::from_secs(10 * 60);

/// For the namespace to be deleted: the balancer's deletion is most of it.
const DELETE_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Holds that it is there, and that it knows the context.
///
/// # Errors
/// When one is missing.
pub(super) async fn check(tools: &Tools, context: Option<&str>) -> anyhow::Result<()> {
    let kubectl = || Command::new(&tools.kubectl).limit(CALL_LIMIT);
    let version = kubectl().arguments(["version", "--client"]).captured().await;
    version.context("a Kubernetes way needs kubectl: install it")?;
    if let Some(context) = context {
        let known = kubectl().arguments(["config", "get-contexts", context]).captured().await;
        known
            .with_context(|| format!("kubectl knows no context {context}: `kubectl config get-contexts` lists them"))?;
    }
    Ok(())
}

/// The deployment's namespace in its cluster.
pub(super) struct Kubectl<'a> {
    pub(super) tools: &'a Tools,
    /// The option that says which cluster, and its value.
    pub(super) cluster: [OsString; 2],
    pub(super) namespace: &'a str,
}

impl Kubectl<'_> {
    /// Applies the manifests.
    pub(super) async fn apply(&self, manifests: &str) -> anyhow::Result<()> {
        Ok(self.call(["apply", "-f", "-"]).input(manifests).grace(Grace::LONG).captured().await.map(drop)?)
    }

    /// Waits until the counter is ready.
    pub(super) async fn wait_for_rollout(&self) -> anyhow::Result<()> {
        let timeout = format!("--timeout={}s", ROLLOUT_LIMIT.as_secs());
        let status = ["rollout", "status", "deployment/counter", &timeout];
        let rollout = self.call(status).limit(ROLLOUT_LIMIT + MARGIN).live().shown().await;
        let Err(failure) = rollout else { return Ok(()) };
        let events = ["get", "events", "--sort-by=.lastTimestamp", "--output=custom-columns=:.reason,:.message"];
        let events = self.call(events).captured().await;
        let events = events.map_or_else(|unknown| unknown.to_string(), |events| text(&events));
        let failure = anyhow::Error::from(failure);
        Err(failure.context(format!("the counter does not become ready; its namespace's events:\n{}", events.trim())))
    }

    /// The balancer's name, as soon as it has one.
    pub(super) async fn balancer(&self, object: &str) -> anyhow::Result<String> {
        let path = "--output=jsonpath={.status.loadBalancer.ingress[0].hostname}{.status.loadBalancer.ingress[0].ip}";
        let deadline = Instant::now() + BALANCER_LIMIT;
        loop {
            let host = text(&self.call(["get", object, path]).captured().await?);
            if !host.trim().is_empty() {
                return Ok(host.trim().to_owned());
            }
            if Instant::now() > deadline {
                bail!("{object} has no balancer: see `kubectl --namespace {} describe {object}`", self.namespace);
            }
            tokio::time::sleep(self.tools.poll).await;
        }
    }

    /// Deletes the namespace, and waits until everything in it is deleted: the balancer and the volume with it.
    pub(super) async fn delete_namespace(&self) -> anyhow::Result<()> {
        let timeout = format!("--timeout={}s", DELETE_LIMIT.as_secs());
        let delete = ["delete", "namespace", self.namespace, "--ignore-not-found", "--wait", &timeout];
        let delete = self.call(delete).limit(DELETE_LIMIT + MARGIN).grace(Grace::LONG);
        Ok(delete.captured().await.map(drop)?)
    }

    fn call<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let cluster = self.cluster.iter().map(OsString::as_os_str);
        let namespace = ["--namespace", self.namespace].map(OsStr::new);
        let words = cluster.chain(namespace).chain(arguments.map(OsStr::new));
        Command::new(&self.tools.kubectl).arguments(words).limit(CALL_LIMIT)
    }
}

fn text(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed).into_owned()
}
