//! kOps: makes the cluster and deletes it. Must not know what runs on it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use programs::{Command, Grace};

use super::{MARGIN, Purpose, Tools};

/// The minor versions of kOps 1 that make our cluster: gossip, by which nodes find each other without DNS, is removed
/// in 1.37; 1.33 is what the spec is held against.
const MINOR_VERSIONS: std::ops::RangeInclusive<u32> = 33..=36;

/// For calls that only read or write the state in S3.
const STATE_LIMIT: Duration = Duration::from_secs(2 * 60);

/// For making the AWS resources: some 100 of them, each retried by kOps for as long as 10 minutes.
const UPDATE_LIMIT: Duration = Duration::from_secs(20 * 60);

/// For an instance to get its address; it takes seconds.
const ADDRESS_LIMIT: Duration = Duration::from_secs(5 * 60);

/// For nodes to boot, install and join; the original study waits as long.
const VALIDATE_LIMIT: Duration = Duration::from_secs(20 * 60);

/// For deleting it all; kOps' own bound is 10 minutes without progress.
const DELETE_LIMIT: Duration = Duration::from_secs(30 * 60);

/// How long the credentials of the cluster's administrator are valid: made anew by each run.
const ADMIN: &str = "--admin=24h";

/// Holds that it is there, and of a version that makes our cluster.
///
/// # Errors
/// When it is not.
pub(super) async fn check(tools: &Tools, purpose: Purpose) -> anyhow::Result<()> {
    let version = Command::new(&tools.kops).arguments(["version", "--short"]).limit(STATE_LIMIT).captured().await;
    let version = version.context("a Kubernetes way needs kops: install it, or name a cluster with --context")?;
    if purpose == Purpose::Delete {
        return Ok(());
    }
    let version = String::from_utf8_lossy(&version);
    let version = version.trim().trim_start_matches('v');
    let minor = version.strip_prefix("1.").and_then(|rest| rest.split('.').next()?.parse().ok());
    ensure!(
        minor.is_some_and(|minor| MINOR_VERSIONS.contains(&minor)),
        "kops is {version}, and 1.{} to 1.{} can make this cluster: `nix run .#deploy` brings one",
        MINOR_VERSIONS.start(),
        MINOR_VERSIONS.end()
    );
    Ok(())
}

/// The deployment's cluster.
pub(super) struct Kops<'a> {
    pub(super) tools: &'a Tools,
    pub(super) cluster: &'a str,
    pub(super) bucket: &'a str,
    pub(super) spec: &'a str,
    pub(super) region: &'a str,
    pub(super) kubeconfig: PathBuf,
}

impl Kops<'_> {
    /// Makes it, or brings it to its spec, and waits until it is healthy.
    pub(super) async fn up(&self, report: &(dyn Fn(&str) + Sync)) -> anyhow::Result<()> {
        report("kOps: creating the cluster");
        self.run(["replace", "--force", "-f", "-"], &documents(self.spec)?, STATE_LIMIT).await?;
        let update = ["update", "cluster", self.cluster, "--yes", "--create-kube-config=false"];
        self.run(update, "", UPDATE_LIMIT).await?;
        let server = self.credentials(ADDRESS_LIMIT).await?;
        report("kOps: waiting for the nodes, some 5 minutes");
        let wait = format!("--wait={}s", VALIDATE_LIMIT.as_secs());
        let validate = ["validate", "cluster", self.cluster, &wait, "--api-server", &server];
        self.run(validate, "", VALIDATE_LIMIT + MARGIN).await.context("the cluster does not become healthy")?;
        Ok(())
    }

    /// Whether the state has the cluster: it may not have come so far, or be deleted.
    pub(super) async fn is_registered(&self) -> anyhow::Result<bool> {
        match self.run(["get", "cluster", self.cluster], "", STATE_LIMIT).await {
            Ok(()) => Ok(true),
            Err(failure) if format!("{failure:#}").contains("cluster not found") => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Writes the administrator's credentials, and gives the API's URL: the control node's address, which no DNS
    /// knows, and which is waited for no longer than `limit`.
    pub(super) async fn credentials(&self, limit: Duration) -> anyhow::Result<String> {
        let server = format!("https://{}", self.control_node_address(limit).await?);
        let kubeconfig = self.kubeconfig.to_str().context("the deployment's folder has a name that is not UTF-8")?;
        let export = ["export", "kubeconfig", self.cluster, ADMIN, "--api-server", &server, "--kubeconfig", kubeconfig];
        self.run(export, "", STATE_LIMIT).await?;
        Ok(server)
    }

    /// Deletes it, with all that carries its tag.
    pub(super) async fn down(&self, report: &(dyn Fn(&str) + Sync)) -> anyhow::Result<()> {
        report("kOps: deleting the cluster, some 5 minutes");
        let wait = format!("--wait={}s", DELETE_LIMIT.as_secs());
        self.run(["delete", "cluster", self.cluster, "--yes", &wait], "", DELETE_LIMIT + MARGIN).await?;
        match tokio::fs::remove_file(&self.kubeconfig).await {
            Err(failure) if failure.kind() != std::io::ErrorKind::NotFound => {
                Err(failure).with_context(|| format!("can't remove {}", self.kubeconfig.display()))
            }
            _ => Ok(()),
        }
    }

    /// The control node's public address, as soon as it has one.
    async fn control_node_address(&self, limit: Duration) -> anyhow::Result<std::net::IpAddr> {
        let cluster = format!("Name=tag:KubernetesCluster,Values={}", self.cluster);
        let arguments = [
            "ec2",
            "describe-instances",
            "--region",
            self.region,
            "--filters",
            &cluster,
            "Name=tag:k8s.io/role/control-plane,Values=1",
            "Name=instance-state-name,Values=pending,running",
            "--query",
            "Reservations[].Instances[].PublicIpAddress",
            "--output",
            "text",
        ];
        let deadline = Instant::now() + limit;
        loop {
            let printed = Command::new(&self.tools.aws).arguments(arguments).limit(STATE_LIMIT).captured().await?;
            let printed = String::from_utf8_lossy(&printed);
            if let Some(address) = printed.split_whitespace().find_map(|word| word.parse().ok()) {
                return Ok(address);
            }
            if Instant::now() >= deadline {
                bail!("the control node of {} has no address", self.cluster);
            }
            tokio::time::sleep(self.tools.poll).await;
        }
    }

    /// What kOps reports on stderr is seen as it comes: some steps take 20 minutes.
    async fn run<const N: usize>(&self, arguments: [&str; N], input: &str, limit: Duration) -> anyhow::Result<()> {
        let command = Command::new(&self.tools.kops)
            .arguments(arguments)
            .variable("KOPS_STATE_STORE", format!("s3://{}", self.bucket))
            .variable("AWS_REGION", self.region)
            // The user's own file must not be touched.
            .variable("KUBECONFIG", &self.kubeconfig)
            .input(input)
            .limit(limit);
        Ok(command.live().grace(Grace::LONG).shown().await?)
    }
}

/// kOps' objects as it reads them: documents, where Terraform gives a list.
fn documents(list: &str) -> anyhow::Result<String> {
    let objects: Vec<serde_json::Value> = serde_json::from_str(list).context("kops_spec is not a list of objects")?;
    Ok(objects.iter().map(serde_json::Value::to_string).collect::<Vec<_>>().join("\n---\n"))
}
