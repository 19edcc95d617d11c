//! What measuring needs of AWS, over AWS's command line: the one place where measuring and deploying meet.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use bytes::Bytes;
use deploy::aws::Aws;
use deploy::health;
use measure::{AwsAccess, LogLine};
use serde_json::{Map, Value, json};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A time as Lambda writes it: `2026-11-28T05:00:00.000+0000`.
fn time(written: &Value) -> Option<SystemTime> {
    humantime::parse_rfc3339(&format!("{}Z", written.as_str()?.strip_suffix("+0000")?)).ok()
}

/// AWS in one region, by its command line.
#[derive(Clone, Debug)]
pub(crate) struct ByCommandLine(pub Aws);

impl AwsAccess for ByCommandLine {
    async fn function_environment(&self, function: &str) -> anyhow::Result<Map<String, Value>> {
        let words = ["lambda", "get-function-configuration", "--function-name", function];
        let configuration = self.0.ask(&words).await?;
        Ok(configuration["Environment"]["Variables"].as_object().cloned().unwrap_or_default())
    }

    async fn set_function_environment(
        &self,
        function: &str,
        variables: &Map<String, Value>,
    ) -> anyhow::Result<SystemTime> {
        let environment = json!({ "Variables": variables }).to_string();
        let name = ["--function-name", function];
        let update = ["lambda", "update-function-configuration", name[0], name[1], "--environment", &environment];
        let changed = self.0.ask(&update).await?;
        self.0.run(&["lambda", "wait", "function-updated-v2", name[0], name[1]]).await?;
        time(&changed["LastModified"]).context("Lambda's answer has no time of the change")
    }

    async fn concurrency(&self) -> anyhow::Result<u32> {
        let settings = self.0.ask(&["lambda", "get-account-settings"]).await?;
        let limit = settings["AccountLimit"]["UnreservedConcurrentExecutions"].as_u64();
        Ok(u32::try_from(limit.context("Lambda's answer has no limit")?).unwrap_or(u32::MAX))
    }

    async fn throttled(&self, function: &str, since: SystemTime) -> anyhow::Result<u64> {
        let of_function = format!("Name=FunctionName,Value={function}");
        let (start, end) = (humantime::format_rfc3339_seconds(since), humantime::format_rfc3339_seconds(since + DAY));
        let (start, end, period) = (start.to_string(), end.to_string(), DAY.as_secs().to_string());
        let metric = ["cloudwatch", "get-metric-statistics", "--namespace", "AWS/Lambda", "--metric-name", "Throttles"];
        let bounds = ["--start-time", &start, "--end-time", &end, "--period", &period, "--statistics", "Sum"];
        let answer = self.0.ask(&[&metric[..], &["--dimensions", &of_function], &bounds].concat()).await?;
        let points = answer["Datapoints"].as_array().context("CloudWatch's answer has no datapoints")?;
        Ok(points.iter().filter_map(|point| point["Sum"].as_f64()).sum::<f64>() as u64)
    }

    async fn report_lines(&self, log_group: &str, since: SystemTime, lines_max: u32) -> anyhow::Result<Vec<LogLine>> {
        let since_ms = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let (since, most) = (since_ms.to_string(), lines_max.to_string());
        let group = ["logs", "filter-log-events", "--log-group-name", log_group, "--filter-pattern", "REPORT"];
        let bounds = ["--start-time", &since, "--max-items", &most];
        let answer = self.0.search(&[&group[..], &bounds[..]].concat()).await?;
        let events = answer["events"].as_array().context("CloudWatch's answer has no events")?;
        let line = |event: &Value| {
            let at = SystemTime::UNIX_EPOCH + Duration::from_millis(event["timestamp"].as_u64()?);
            Some(LogLine { at, message: event["message"].as_str()?.to_owned() })
        };
        Ok(events.iter().filter_map(line).collect())
    }

    async fn invoke(&self, function: &str, event: &Value) -> anyhow::Result<Value> {
        self.0.invoke(function, event).await
    }

    async fn get(&self, url: &str) -> anyhow::Result<(u16, Bytes)> {
        health::get(url).await.map(|(status, body)| (status, body.into()))
    }
}
