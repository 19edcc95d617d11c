//! What the lab itself asks AWS, by AWS's own command line: who the caller is, what network there is, where a task is.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::Refused;
use super::tool::Tool;

/// An answer of AWS's takes a second, or ten where a token has to be renewed first.
const LIMIT: Duration = Duration::from_secs(60);

/// The command line's own waiters give up after five minutes.
const WAIT_LIMIT: Duration = Duration::from_secs(330);

/// A function's longest call.
const INVOKE_LIMIT: Duration = Duration::from_secs(900);

/// The tag that all carries that is made for a deployment; its value is the deployment's name.
const TAG: &str = "lab:deployment";

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
        self.ask_within(arguments, LIMIT).await
    }

    /// The same, of logs: page by page.
    ///
    /// # Errors
    /// When AWS refuses it, or does not answer in time.
    pub async fn search(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        self.ask_within(arguments, WAIT_LIMIT).await
    }

    async fn ask_within(&self, arguments: &[&str], limit: Duration) -> anyhow::Result<Value> {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--output", "json"]).collect();
        let answer = self.tool.ask(&arguments, limit).await?;
        serde_json::from_slice(&answer).with_context(|| format!("can't read what aws {} told", arguments[0]))
    }

    /// Has AWS do, or wait for, something that it answers nothing to.
    ///
    /// # Errors
    /// When AWS refuses it, or it takes too long.
    pub async fn tell(&self, arguments: &[&str]) -> anyhow::Result<()> {
        self.tool.ask(arguments, WAIT_LIMIT).await.map(|_nothing| ())
    }

    /// What a function answers to an event.
    ///
    /// # Errors
    /// When it can't be called, or fails: what it said.
    pub async fn invoke(&self, function: &str, event: &Value) -> anyhow::Result<Value> {
        let folder = tempfile::tempdir().context("can't make a temporary folder")?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (event_file, answer_file) = (path("event.json"), path("answer.json"));
        std::fs::write(&event_file, event.to_string()).context("can't write the event")?;
        // As a file: the command line's second version takes other payloads for Base64.
        let payload = format!("fileb://{event_file}");
        let arguments = ["lambda", "invoke", "--function-name", function, "--payload", &payload];
        // One try: a load that is made twice is counted twice.
        let bounds = ["--cli-read-timeout", "890", "--output", "json", &answer_file];
        let tool = self.tool.clone().with("AWS_MAX_ATTEMPTS", "1");
        let said = tool.ask(&[&arguments[..], &bounds[..]].concat(), INVOKE_LIMIT).await?;
        let said: Value = serde_json::from_slice(&said).context("can't read what aws lambda invoke told")?;
        let answer = std::fs::read(&answer_file).context("the function's answer is lost")?;
        let answer: Value = serde_json::from_slice(&answer).context("the function's answer is no JSON")?;
        ensure!(said["FunctionError"].is_null(), "{}", answer["errorMessage"].as_str().unwrap_or("it told no reason"));
        Ok(answer)
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

    /// The region of a bucket.
    ///
    /// # Errors
    /// When it is not there, or somebody else's.
    pub async fn bucket_region(&self, bucket: &str) -> Result<String, Refused> {
        let answer = self.ask(&["s3api", "get-bucket-location", "--bucket", bucket]).await;
        let answer = answer.map_err(|error| {
            Refused(format!("can't keep the state in the bucket {bucket}: make it first, or name another ({error:#})"))
        })?;
        // S3's first region has no name here: that is how its oldest operation tells it.
        Ok(answer["LocationConstraint"].as_str().unwrap_or("us-east-1").to_owned())
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
        let filter = format!("Key={TAG},Values={deployment}");
        let answer = self.ask(&["resourcegroupstaggingapi", "get-resources", "--tag-filters", &filter]).await?;
        let listed = answer["ResourceTagMappingList"].as_array().context("AWS told no list")?;
        Ok(listed.iter().filter_map(|entry| entry["ResourceARN"].as_str()).map(str::to_owned).collect())
    }

    /// The roles that carry the tag of a deployment, by ARN: the one kind of thing here that no list by tag has.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn roles(&self, deployment: &str) -> anyhow::Result<Vec<String>> {
        let named = format!("Roles[?starts_with(RoleName, 'lab-{deployment}')].[RoleName, Arn]");
        let answer = self.ask(&["iam", "list-roles", "--query", &named]).await?;
        let mut roles = Vec::new();
        for role in answer.as_array().context("AWS told no list")? {
            let (name, arn) = (role[0].as_str().unwrap_or_default(), role[1].as_str().unwrap_or_default());
            let tags = self.ask(&["iam", "list-role-tags", "--role-name", name]).await?;
            let mut tags = tags["Tags"].as_array().into_iter().flatten();
            // Another deployment's name may begin like this one's.
            if tags.any(|tag| tag["Key"] == TAG && tag["Value"] == deployment) {
                roles.push(arn.to_owned());
            }
        }
        Ok(roles)
    }
}
