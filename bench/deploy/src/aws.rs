//! What the lab itself asks AWS, by AWS's own command line: who the caller is, what network there is, where a task is.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use programs::Command;
use serde_json::Value;

use super::outputs::Task;
use super::{Refused, tools};

/// A response of AWS's takes a second, or ten where a token has to be renewed first.
const LIMIT: Duration = Duration::from_secs(60);

/// The command line's own waiters give up after five minutes.
const WAIT_LIMIT: Duration = Duration::from_secs(330);

/// A function's longest call.
const INVOKE_LIMIT: Duration = Duration::from_secs(900);

/// How often, and for how long, an address that is not there yet is asked for: five minutes.
const ADDRESS_TRIES: u32 = 60;
const ADDRESS_PAUSE: Duration = Duration::from_secs(5);

/// The tag of everything that is made for a deployment; its value is the deployment's name.
const TAG: &str = "lab:deployment";

/// AWS in one region, as the caller.
#[derive(Clone, Debug)]
pub struct Aws {
    command: Command,
}

/// The word by which AWS refused an operation, of `An error occurred (WORD) when calling …`; nothing of other failures.
#[must_use]
pub fn error_code(error: &anyhow::Error) -> Option<&str> {
    let stderr = error.downcast_ref::<programs::Error>()?.stderr()?;
    stderr.split_once("An error occurred (")?.1.split_once(')').map(|(word, _)| word)
}

impl Aws {
    /// AWS's command line.
    ///
    /// # Errors
    /// When it is not on the path.
    pub fn new(region: &str) -> Result<Self, Refused> {
        let command = tools::find(&["aws"], "it is how the lab asks AWS")?;
        // The retries are its own: bounded, with jitter.
        let command = command.variable("AWS_PAGER", "").variable("AWS_RETRY_MODE", "standard");
        Ok(Self { command: command.variable("AWS_REGION", region).variable("AWS_DEFAULT_REGION", region) })
    }

    /// What an operation answers, as JSON.
    ///
    /// # Errors
    /// When AWS refuses it, or does not answer in time; [`error_code`] says which refusal.
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
        let command = self.command.clone().arguments(&arguments).limit(limit);
        let answer = command.captured().await?;
        serde_json::from_slice(&answer).with_context(|| format!("can't read the response to `{}`", command.quoted()))
    }

    /// Has AWS do, or wait for, something that it answers with nothing.
    ///
    /// # Errors
    /// When AWS refuses it, or it takes too long.
    pub async fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        Ok(self.command.clone().arguments(arguments).limit(WAIT_LIMIT).captured().await.map(drop)?)
    }

    /// What a function answers to an event.
    ///
    /// # Errors
    /// When it can't be called, or fails: its own message.
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
        let command = self.command.clone().variable("AWS_MAX_ATTEMPTS", "1").limit(INVOKE_LIMIT);
        let printed = command.arguments(arguments).arguments(bounds).captured().await?;
        let printed: Value = serde_json::from_slice(&printed).context("can't read the response to lambda invoke")?;
        let answer = std::fs::read(&answer_file).context("the function's response was not written")?;
        let answer: Value = serde_json::from_slice(&answer).context("the function's response is not JSON")?;
        ensure!(
            printed["FunctionError"].is_null(),
            "{}",
            answer["errorMessage"].as_str().unwrap_or("it gave no reason")
        );
        Ok(answer)
    }

    /// The account that the caller's credentials are of.
    ///
    /// # Errors
    /// When AWS accepts none: what to set.
    pub async fn account(&self) -> Result<String, Refused> {
        let identity = self.ask(&["sts", "get-caller-identity"]).await;
        let account = identity
            .and_then(|identity| Ok(identity["Account"].as_str().context("the response has no account")?.to_owned()));
        account.map_err(|error| {
            Refused(format!(
                "AWS accepts no credentials here ({error:#}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY, or sign in by `aws configure sso`"
            ))
        })
    }

    /// Whether the region has a default VPC.
    ///
    /// # Errors
    /// When AWS refuses it, or does not answer in time.
    pub async fn has_default_vpc(&self) -> anyhow::Result<bool> {
        let answer = self.ask(&["ec2", "describe-vpcs", "--filters", "Name=is-default,Values=true"]).await?;
        let vpcs = answer["Vpcs"].as_array().context("unexpected response: no `Vpcs`")?;
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
        // S3's first region has no name here, and Ireland's oldest buckets have that of the continent (S3 API,
        // GetBucketLocation).
        let region = match answer["LocationConstraint"].as_str() {
            None => "us-east-1",
            Some("EU") => "eu-west-1",
            Some(region) => region,
        };
        Ok(region.to_owned())
    }

    /// Where the one task of a service answers. A new task has no address for some seconds; each one has another.
    ///
    /// # Errors
    /// When AWS refuses to say, or there is none after five minutes.
    pub async fn task_url(&self, task: &Task) -> anyhow::Result<String> {
        for _ in 0..ADDRESS_TRIES {
            if let Some(address) = self.task_address(task).await? {
                return Ok(format!("http://{address}:{}", task.port));
            }
            tokio::time::sleep(ADDRESS_PAUSE).await;
        }
        bail!("the service {} has no task with a public address: see its events in ECS", task.service)
    }

    /// The public address of the one task of a service; nothing where there is none yet.
    async fn task_address(&self, Task { cluster, service, .. }: &Task) -> anyhow::Result<Option<String>> {
        let listed = self.ask(&["ecs", "list-tasks", "--cluster", cluster, "--service-name", service]).await?;
        let Some(task) = listed["taskArns"][0].as_str() else { return Ok(None) };
        let described = self.ask(&["ecs", "describe-tasks", "--cluster", cluster, "--tasks", task]).await?;
        let attachments = described["tasks"][0]["attachments"].as_array().into_iter().flatten();
        let mut details = attachments.flat_map(|attachment| attachment["details"].as_array().into_iter().flatten());
        let interface = details.find(|detail| detail["name"] == "networkInterfaceId");
        let Some(interface) = interface.and_then(|detail| detail["value"].as_str()) else { return Ok(None) };
        let described = self.ask(&["ec2", "describe-network-interfaces", "--network-interface-ids", interface]).await?;
        let address = described["NetworkInterfaces"][0]["Association"]["PublicIp"].as_str();
        Ok(address.filter(|address| !address.is_empty()).map(str::to_owned))
    }

    /// What carries the tag of a deployment, by ARN. Kinds of things that this list does not have are
    /// [`Self::untagged_lists`]'.
    ///
    /// # Errors
    /// When AWS refuses it, or does not answer in time.
    pub async fn tagged(&self, deployment: &str) -> anyhow::Result<Vec<String>> {
        let filter = format!("Key={TAG},Values={deployment}");
        let answer = self.ask(&["resourcegroupstaggingapi", "get-resources", "--tag-filters", &filter]).await?;
        let listed = answer["ResourceTagMappingList"].as_array();
        let listed = listed.context("unexpected response: no `ResourceTagMappingList`")?;
        Ok(listed.iter().filter_map(|entry| entry["ResourceARN"].as_str()).map(str::to_owned).collect())
    }

    /// What carries the tag of a deployment and is in no list by tag: roles, instance profiles and auto scaling groups
    /// (Resource Groups Tagging API, "Services that support…"). kOps makes some, whose names contain the deployment's.
    ///
    /// # Errors
    /// When AWS refuses it, or does not answer in time.
    pub async fn untagged_lists(&self, deployment: &str) -> anyhow::Result<Vec<String>> {
        let mut found = self.identities("role", "Roles", "RoleName", deployment).await?;
        found.extend(self.identities("instance-profile", "InstanceProfiles", "InstanceProfileName", deployment).await?);
        let filter = format!("Name=tag:{TAG},Values={deployment}");
        let groups = self.ask(&["autoscaling", "describe-auto-scaling-groups", "--filters", &filter]).await?;
        let groups = groups["AutoScalingGroups"].as_array().into_iter().flatten();
        found.extend(groups.filter_map(|group| group["AutoScalingGroupARN"].as_str()).map(str::to_owned));
        Ok(found)
    }

    /// The container services of a deployment, by ARN: Lightsail's things are in no list by tag but its own.
    ///
    /// # Errors
    /// When AWS refuses it, or does not answer in time.
    pub async fn container_services(&self, deployment: &str) -> anyhow::Result<Vec<String>> {
        let answer = self.ask(&["lightsail", "get-container-services"]).await?;
        let services = answer["containerServices"].as_array();
        let services = services.context("unexpected response: no `containerServices`")?.iter().filter(|service| {
            let mut tags = service["tags"].as_array().into_iter().flatten();
            tags.any(|tag| tag["key"] == TAG && tag["value"] == deployment)
        });
        Ok(services.filter_map(|service| service["arn"].as_str()).map(str::to_owned).collect())
    }

    /// One kind of IAM's things, of a deployment.
    async fn identities(&self, kind: &str, list: &str, name: &str, deployment: &str) -> anyhow::Result<Vec<String>> {
        let named = format!("{list}[?contains({name}, 'lab-{deployment}')].[{name}, Arn]");
        let answer = self.ask(&["iam", &format!("list-{kind}s"), "--query", &named]).await?;
        let mut found = Vec::new();
        for entry in answer.as_array().context("unexpected response: no list")? {
            let (name, arn) = (entry[0].as_str().unwrap_or_default(), entry[1].as_str().unwrap_or_default());
            let (operation, option) = (format!("list-{kind}-tags"), format!("--{kind}-name"));
            let tags = self.ask(&["iam", &operation, &option, name]).await?;
            let mut tags = tags["Tags"].as_array().into_iter().flatten();
            // Another deployment's name may contain this one's.
            if tags.any(|tag| tag["Key"] == TAG && tag["Value"] == deployment) {
                found.push(arn.to_owned());
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_word_of_a_refusal_is_read_from_stderr() {
        let refusal = "echo 'An error occurred (AccessDenied) when calling the X operation: no' >&2; exit 254";
        let error = Command::new("sh").arguments(["-c", refusal]).captured().await.expect_err("it fails");
        assert_eq!(error_code(&error.into()), Some("AccessDenied"));
        let error = Command::new("sh").arguments(["-c", "exit 1"]).captured().await.expect_err("it fails");
        assert_eq!(error_code(&error.into()), None);
        assert_eq!(error_code(&anyhow::anyhow!("An error occurred (X)")), None);
    }
}
