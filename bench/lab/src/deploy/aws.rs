//! What the lab itself asks AWS, by AWS's own command line: who the caller is, what network there is, where a task is.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::Refused;
use super::tool::Tool;

/// An answer of AWS's takes a second, or ten where a token has to be renewed first.
const LIMIT: Duration = Duration::from_secs(60);

/// AWS in one region, as the caller.
#[derive(Clone, Debug)]
pub struct Aws {
    tool: Tool,
}

impl Aws {
    /// AWS's command line.
    ///
    /// # Errors
    /// When it is not on the path.
    pub fn new(region: &str) -> Result<Self, Refused> {
        let tool = Tool::find(&["aws"], "it is how the lab asks AWS")?;
        // The retries are its own: bounded, with jitter.
        let tool = tool.with("AWS_PAGER", "").with("AWS_RETRY_MODE", "standard").with("AWS_REGION", region);
        Ok(Self { tool: tool.with("AWS_DEFAULT_REGION", region) })
    }

    /// What an operation answers, as JSON.
    ///
    /// # Errors
    /// When AWS refuses it, or does not answer in time.
    pub async fn ask(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--output", "json"]).collect();
        let answer = self.tool.ask(&arguments, LIMIT).await?;
        serde_json::from_slice(&answer).with_context(|| format!("can't read what aws {} told", arguments[0]))
    }

    /// The account that the caller's credentials are of.
    ///
    /// # Errors
    /// When AWS takes none: what to set.
    pub async fn account(&self) -> Result<String, Refused> {
        let identity = self.ask(&["sts", "get-caller-identity"]).await;
        let account = identity.and_then(|identity| Ok(identity["Account"].as_str().context("no account")?.to_owned()));
        account.map_err(|error| {
            Refused(format!(
                "no AWS credentials that AWS takes ({error:#}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY, or sign in by `aws configure sso`"
            ))
        })
    }

    /// Whether the region has a default VPC.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn has_default_vpc(&self) -> anyhow::Result<bool> {
        let answer = self.ask(&["ec2", "describe-vpcs", "--filters", "Name=is-default,Values=true"]).await?;
        let vpcs = answer["Vpcs"].as_array().context("AWS told no VPCs")?;
        Ok(!vpcs.is_empty())
    }

    /// The public address of the one task of an ECS service.
    ///
    /// # Errors
    /// When it has none yet, or AWS does not say.
    pub async fn task_address(&self, cluster: &str, service: &str) -> anyhow::Result<String> {
        let listed = self.ask(&["ecs", "list-tasks", "--cluster", cluster, "--service-name", service]).await?;
        let task = listed["taskArns"][0].as_str().context("no task runs yet")?;
        let told = self.ask(&["ecs", "describe-tasks", "--cluster", cluster, "--tasks", task]).await?;
        let attachments = told["tasks"][0]["attachments"].as_array().context("the task has no network yet")?;
        let details = attachments.iter().flat_map(|attachment| attachment["details"].as_array().into_iter().flatten());
        let interface = details.into_iter().find(|detail| detail["name"] == "networkInterfaceId");
        let interface = interface.and_then(|detail| detail["value"].as_str()).context("the task has no network yet")?;
        let told = self.ask(&["ec2", "describe-network-interfaces", "--network-interface-ids", interface]).await?;
        let address = told["NetworkInterfaces"][0]["Association"]["PublicIp"].as_str();
        let address = address.context("the task has no public address yet")?;
        ensure!(!address.is_empty(), "the task has no public address yet");
        Ok(address.to_owned())
    }

    /// What carries the tag of a deployment, by ARN.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn tagged(&self, deployment: &str) -> anyhow::Result<Vec<String>> {
        let filter = format!("Key=lab:deployment,Values={deployment}");
        let answer = self.ask(&["resourcegroupstaggingapi", "get-resources", "--tag-filters", &filter]).await?;
        let listed = answer["ResourceTagMappingList"].as_array().context("AWS told no list")?;
        Ok(listed.iter().filter_map(|entry| entry["ResourceARN"].as_str()).map(str::to_owned).collect())
    }

    /// The instances of a deployment that are not terminated.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn instances(&self, deployment: &str) -> anyhow::Result<Vec<String>> {
        let tag = format!("Name=tag:lab:deployment,Values={deployment}");
        let states = "Name=instance-state-name,Values=pending,running,shutting-down,stopping,stopped";
        let answer = self.ask(&["ec2", "describe-instances", "--filters", &tag, states]).await?;
        let reservations = answer["Reservations"].as_array().context("AWS told no list")?;
        let instances = reservations.iter().flat_map(|it| it["Instances"].as_array().into_iter().flatten());
        Ok(instances.filter_map(|instance| instance["InstanceId"].as_str()).map(str::to_owned).collect())
    }
}
