//! What measuring needs of AWS, over AWS's command line: the one place where measuring and deploying meet.

use anyhow::Context;
use bytes::Bytes;
use deploy::aws::Aws;
use deploy::health;
use measure::AwsAccess;
use serde_json::{Map, Value, json};

/// AWS in one region, by its command line.
#[derive(Clone, Debug)]
pub(crate) struct ByCommandLine(pub Aws);

impl AwsAccess for ByCommandLine {
    async fn function_environment(&self, function: &str) -> anyhow::Result<Map<String, Value>> {
        let words = ["lambda", "get-function-configuration", "--function-name", function];
        let configuration = self.0.ask(&words).await?;
        Ok(configuration["Environment"]["Variables"].as_object().cloned().unwrap_or_default())
    }

    async fn set_function_environment(&self, function: &str, variables: &Map<String, Value>) -> anyhow::Result<()> {
        let environment = json!({ "Variables": variables }).to_string();
        let name = ["--function-name", function];
        let update = ["lambda", "update-function-configuration", name[0], name[1], "--environment", &environment];
        self.0.ask(&update).await?;
        self.0.run(&["lambda", "wait", "function-updated-v2", name[0], name[1]]).await
    }

    async fn report_lines(&self, log_group: &str, since_ms: u128, lines_max: u32) -> anyhow::Result<Vec<String>> {
        let (since, most) = (since_ms.to_string(), lines_max.to_string());
        let group = ["logs", "filter-log-events", "--log-group-name", log_group, "--filter-pattern", "REPORT"];
        let bounds = ["--start-time", &since, "--max-items", &most];
        let answer = self.0.search(&[&group[..], &bounds[..]].concat()).await?;
        let events = answer["events"].as_array().context("CloudWatch's answer has no events")?;
        Ok(events.iter().filter_map(|event| event["message"].as_str()).map(str::to_owned).collect())
    }

    async fn invoke(&self, function: &str, event: &Value) -> anyhow::Result<Value> {
        self.0.invoke(function, event).await
    }

    async fn get(&self, url: &str) -> anyhow::Result<(u16, Bytes)> {
        health::get(url).await.map(|(status, body)| (status, body.into()))
    }
}
