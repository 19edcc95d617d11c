//! What the control plane shows of a function.
//!
//! Members and their order of presence as <https://github.com/localstack/localstack>'s snapshots of AWS
//! (`test_lambda_api.snapshot.json`, `test_function_lifecycle`) have them.

use std::time::SystemTime;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::seconds;
use crate::lambda::function::Function;

/// The machine's instruction set, in AWS's word.
pub(super) fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// `FunctionConfiguration`. <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>
pub(super) fn configuration(function: &Function) -> Value {
    let config = function.config();
    let about = &config.about;
    let mut shown = Map::new();
    let mut show = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    show("FunctionName", json!(config.name));
    show("FunctionArn", json!(function.arn()));
    if let Some(runtime) = about.runtime.as_ref().filter(|_| !about.image) {
        show("Runtime", json!(runtime));
    }
    show("Role", json!(about.role));
    if !about.image {
        show("Handler", json!(config.handler));
    }
    show("CodeSize", json!(about.code_size));
    show("Description", json!(about.description));
    show("Timeout", json!(seconds(config.timeout)));
    show("MemorySize", json!(config.memory_mib));
    show("LastModified", json!(timestamp(about.modified)));
    show("CodeSha256", json!(about.code_sha256));
    show("Version", json!(config.version()));
    if !config.env.is_empty() {
        show("Environment", json!({ "Variables": config.env }));
    }
    show("TracingConfig", json!({ "Mode": "PassThrough" }));
    show("RevisionId", json!(about.revision));
    show("State", json!("Active"));
    show("LastUpdateStatus", json!("Successful"));
    show("PackageType", json!(if about.image { "Image" } else { "Zip" }));
    show("Architectures", json!([architecture()]));
    show("EphemeralStorage", json!({ "Size": about.ephemeral_mib }));
    show("SnapStart", json!({ "ApplyOn": "None", "OptimizationStatus": "Off" }));
    show("LoggingConfig", json!({ "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{}", config.name) }));
    Value::Object(shown)
}

/// `2026-11-28T01:02:03.000+0000`.
fn timestamp(time: SystemTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]+0000");
    OffsetDateTime::from(time).format(format).expect("a date and time have all that the format names")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_reads_as_awss() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_583_348_638_390);
        assert_eq!(timestamp(time), "2020-03-04T19:03:58.390+0000");
    }
}
