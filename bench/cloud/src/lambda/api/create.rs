//! `CreateFunction`, and reading the control plane's requests.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>. Messages as
//! <https://github.com/localstack/localstack>'s snapshots of AWS (`test_lambda_api.snapshot.json`) have them. A member that
//! asks for something that is not here is refused, never ignored.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::describe::{architecture, configuration};
use super::{Refusal, Service, document};
use crate::body::{BodyError, read_body};
use crate::endpoint::RequestBody;
use crate::entrypoint::Entrypoint;
use crate::lambda::CreateFunctionError;
use crate::lambda::config::{FunctionConfig, LambdaConfig};
use crate::lambda::package::{PackageError, unpack};
use crate::lambda::variables::RESERVED;
use crate::scratch::Scratch;

/// The largest request: a zip of 50 MB in base64, and room for the rest. AWS names this number in its error.
const REQUEST_BYTES: usize = 70_167_211;

/// All variables of a function together: 4 KB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const VARIABLES_BYTES: usize = 4 * 1024;

/// The runtimes that start the `bootstrap` of a package.
const PROVIDED: [&str; 3] = ["provided.al2023", "provided.al2", "provided"];

/// A package, unpacked.
pub(super) struct Code {
    folder: Scratch,
    size: u64,
    sha256: String,
}

/// The members of a request.
pub(super) struct Members(Map<String, Value>);

impl Service {
    pub(super) async fn create(&self, body: RequestBody) -> Result<Response<Full<Bytes>>, Refusal> {
        let members = Members::read(body, "CreateFunction").await?;
        members.only(&[
            "FunctionName",
            "Runtime",
            "Role",
            "Handler",
            "Code",
            "Description",
            "Timeout",
            "MemorySize",
            "Environment",
            "Tags",
            "Architectures",
            "EphemeralStorage",
            "PackageType",
            "Publish",
        ])?;
        let name = members.text("FunctionName").ok_or_else(|| missing("functionName"))?;
        let name = name.rsplit_once("function:").map_or(name, |(_, name)| name);
        if self.account.find(name).is_some() {
            return Err(Refusal::exists(name));
        }
        if members.text("Role").is_none() {
            return Err(missing("role"));
        }
        if members.text("PackageType").is_some_and(|kind| kind != "Zip") {
            return Err(Refusal::not_here("PackageType Image"));
        }
        if members.text("Runtime").is_none() || members.text("Handler").is_none() {
            let message =
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
            return Err(Refusal::invalid_parameter(message));
        }
        members.architecture()?;
        let mut config = FunctionConfig::new(name, "");
        members.configure(&mut config, self.config())?;
        config.about.tags = members.pairs("Tags", "tags")?.unwrap_or_default();
        let zip = match members.0.get("Code").and_then(Value::as_object) {
            Some(code) => {
                let code = Members(code.clone());
                code.only(&["ZipFile"])?;
                code.zip("ZipFile")?
            }
            None => return Err(missing("code")),
        };
        package(&mut config, code(zip).await?);
        let function = self.account.create(config).map_err(|error| match error {
            CreateFunctionError::Exists(name) => Refusal::exists(&name),
            CreateFunctionError::InvalidName(name) => Refusal::validation(
                name,
                "functionName",
                "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]{1,64}",
            ),
        })?;
        let mut shown = configuration(&function);
        if members.flag("Publish") {
            // AWS shows the version under the function's own ARN.
            let version = self.account.publish(&function, None);
            shown = configuration(&version);
            shown["FunctionArn"] = function.arn().into();
        }
        Ok(document(StatusCode::CREATED, &shown))
    }
}

fn missing(member: &str) -> Refusal {
    Refusal::validation("null", member, "Member must not be null")
}

/// Unpacks a zip into a folder of its own.
pub(super) async fn code(zip: Vec<u8>) -> Result<Code, Refusal> {
    let failed = |error: std::io::Error| Refusal::service(format!("cannot keep the package: {error}"));
    let unpacked = tokio::task::spawn_blocking(move || {
        let (size, sha256) = (zip.len() as u64, BASE64_STANDARD.encode(Sha256::digest(&zip)));
        let mut package = tempfile::NamedTempFile::new().map_err(failed)?;
        package.write_all(&zip).map_err(failed)?;
        let folder = Scratch::new("function-").map_err(failed)?;
        unpack(package.path(), folder.path()).map_err(|error| match error {
            PackageError::TooLarge => Refusal::invalid_parameter("Unzipped size must be smaller than 262144000 bytes"),
            PackageError::Write { .. } | PackageError::Open { .. } => Refusal::service(error.to_string()),
            PackageError::Format { .. } | PackageError::Entry { .. } => Refusal::invalid_parameter(
                "Could not unzip uploaded file. Please check your file, then try to upload again.",
            ),
        })?;
        Ok(Code { folder, size, sha256 })
    });
    unpacked.await.map_err(|_| Refusal::service("unpacking was interrupted"))?
}

/// Makes a function of this code.
pub(super) fn package(config: &mut FunctionConfig, code: Code) {
    config.code = code.folder.path().to_owned();
    config.folder = Some(Arc::new(code.folder));
    config.about.code_size = code.size;
    config.about.code_sha256 = code.sha256;
}

/// What starts a function of this runtime; `None` for its own `bootstrap`.
fn runtime(name: &str, handler: &str, lambda: &LambdaConfig) -> Result<Option<Entrypoint>, Refusal> {
    if PROVIDED.contains(&name) {
        return Ok(None);
    }
    let found = lambda.runtimes.iter().find(|(prefix, _)| name.starts_with(prefix.as_str()));
    let Some((_, template)) = found else {
        let here: Vec<String> =
            lambda.runtimes.keys().map(|prefix| format!("{prefix}*")).chain(PROVIDED.map(str::to_owned)).collect();
        let message = format!(
            "Value {name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            here.join(", ")
        );
        return Err(Refusal::invalid_parameter(message));
    };
    let mut entrypoint = template.clone();
    entrypoint.args.push(handler.into());
    Ok(Some(entrypoint))
}

impl Members {
    pub(super) async fn read(body: RequestBody, operation: &str) -> Result<Self, Refusal> {
        let body = read_body(body, REQUEST_BYTES).await.map_err(|error| match error {
            BodyError::TooLarge(_) => Refusal::too_large(REQUEST_BYTES, operation),
            BodyError::Truncated => Refusal::invalid_content("the body is truncated"),
        })?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(Refusal::invalid_content("Could not parse request body into json: it is not an object")),
            Err(error) => Err(Refusal::invalid_content(format!("Could not parse request body into json: {error}"))),
        }
    }

    /// Refuses members other than these, unless they ask for nothing.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let unknown = self.0.iter().find(|(name, value)| {
            let neutral = match name.as_str() {
                "TracingConfig" => value["Mode"] == "PassThrough" || value["Mode"] == "Active",
                "SnapStart" => value["ApplyOn"] == "None",
                "LoggingConfig" => value["LogFormat"].is_null() || value["LogFormat"] == "Text",
                _ => false,
            };
            !known.contains(&name.as_str()) && !neutral && !asks_for_nothing(value)
        });
        if let Some((name, _)) = unknown {
            return Err(Refusal::not_here(name));
        }
        Ok(())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A whole number within a range.
    fn number(&self, name: &str, member: &str, least: u64, most: u64) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        match value.as_u64() {
            Some(number) if number > most => {
                let constraint = format!("Member must have value less than or equal to {most}");
                Err(Refusal::validation(value, member, &constraint))
            }
            Some(number) if number >= least => Ok(Some(number)),
            _ => {
                let constraint = format!("Member must have value greater than or equal to {least}");
                Err(Refusal::validation(value, member, &constraint))
            }
        }
    }

    /// An object of strings.
    fn pairs(&self, name: &str, member: &str) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
        let pairs = serde_json::from_value(value.clone());
        pairs.map(Some).map_err(|_| Refusal::validation(value, member, "Member must be a map of strings"))
    }

    pub(super) fn zip(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        let Some(text) = self.text(name) else {
            return Err(Refusal::invalid_parameter("Please provide a source for function code."));
        };
        BASE64_STANDARD.decode(text).map_err(|_| Refusal::invalid_content("ZipFile is not base64"))
    }

    pub(super) fn architecture(&self) -> Result<(), Refusal> {
        let Some(named) = self.0.get("Architectures").and_then(Value::as_array) else { return Ok(()) };
        match named.as_slice() {
            [] => Ok(()),
            [one] if one == architecture() => Ok(()),
            _ => {
                let shown: Vec<&str> = named.iter().filter_map(Value::as_str).collect();
                let constraint = format!("this machine runs functions for {} only", architecture());
                Err(Refusal::validation(format!("[{}]", shown.join(", ")), "architectures", &constraint))
            }
        }
    }

    pub(super) fn revision(&self, config: &FunctionConfig) -> Result<(), Refusal> {
        match self.text("RevisionId") {
            Some(revision) if revision != config.about.revision => Err(Refusal::precondition()),
            _ => Ok(()),
        }
    }

    /// Applies the members that creating and updating have in common.
    pub(super) fn configure(&self, config: &mut FunctionConfig, lambda: &LambdaConfig) -> Result<(), Refusal> {
        if let Some(role) = self.text("Role") {
            if !is_role(role) {
                let pattern = "Member must satisfy regular expression pattern: \
                               arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+";
                return Err(Refusal::validation(role, "role", pattern));
            }
            role.clone_into(&mut config.about.role);
        }
        if let Some(description) = self.text("Description") {
            description.clone_into(&mut config.about.description);
        }
        if let Some(timeout) = self.number("Timeout", "timeout", 1, 900)? {
            config.timeout = Duration::from_secs(timeout);
        }
        if let Some(memory) = self.number("MemorySize", "memorySize", 128, 10_240)? {
            config.memory_mib = u32::try_from(memory).unwrap_or(u32::MAX);
        }
        if let Some(storage) = self.0.get("EphemeralStorage").and_then(Value::as_object) {
            let size = Self(storage.clone()).number("Size", "ephemeralStorage.size", 512, 10_240)?;
            config.about.ephemeral_mib = size.map_or(512, |size| u32::try_from(size).unwrap_or(u32::MAX));
        }
        if let Some(environment) = self.0.get("Environment").and_then(Value::as_object) {
            let variables = Self(environment.clone()).pairs("Variables", "environment.variables")?.unwrap_or_default();
            check_variables(&variables)?;
            config.env = variables;
        }
        if let Some(handler) = self.text("Handler") {
            handler.clone_into(&mut config.handler);
        }
        let name = self.text("Runtime").map(str::to_owned).or(config.about.runtime.clone());
        if let Some(name) = name.filter(|_| self.text("Runtime").is_some() || self.text("Handler").is_some()) {
            config.runtime = runtime(&name, &config.handler, lambda)?;
            config.about.runtime = Some(name);
        }
        Ok(())
    }
}

fn asks_for_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.values().all(asks_for_nothing),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

fn check_variables(variables: &BTreeMap<String, String>) -> Result<(), Refusal> {
    const UNABLE: &str = "Lambda was unable to configure your environment variables because the environment variables \
                          you have provided";
    let reserved: Vec<&str> = variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(Refusal::invalid_parameter(format!(
            "{UNABLE} contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let measured = serde_json::to_string(variables).unwrap_or_default();
    if measured.len() > VARIABLES_BYTES {
        let message = format!("{UNABLE} exceeded the 4KB limit. String measured: {measured}");
        return Err(Refusal::invalid_parameter(message));
    }
    let fits = |name: &str| {
        name.len() > 1
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    match variables.keys().find(|name| !fits(name)) {
        None => Ok(()),
        Some(name) => Err(Refusal::validation(
            name,
            "environment.variables",
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
        )),
    }
}

/// `arn:aws:iam::123456789012:role/NAME`, in any partition.
fn is_role(role: &str) -> bool {
    let mut parts = role.splitn(6, ':');
    let fixed = (parts.next(), parts.next(), parts.next(), parts.next());
    let (Some("arn"), Some(partition), Some("iam"), Some("")) = fixed else { return false };
    let (account, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|digit| digit.is_ascii_digit())
        && name.strip_prefix("role").is_some_and(|name| !name.trim_start_matches('/').is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_an_arn_of_one() {
        for (role, fits) in [
            ("arn:aws:iam::123456789012:role/local", true),
            ("arn:aws-cn:iam::123456789012:role/service-role/x", true),
            ("r1", false),
            ("arn:aws:iam::12:role/x", false),
            ("arn:aws:iam::123456789012:user/x", false),
            ("arn:aws:iam::123456789012:role/", false),
        ] {
            assert_eq!(is_role(role), fits, "{role}");
        }
    }

    #[test]
    fn what_asks_for_nothing_is_not_refused() {
        for (value, nothing) in [
            (serde_json::json!({ "SubnetIds": [], "SecurityGroupIds": [] }), true),
            (serde_json::json!({ "SubnetIds": ["subnet-1"] }), false),
            (serde_json::json!([]), true),
            (serde_json::json!("arn"), false),
            (Value::Null, true),
        ] {
            assert_eq!(asks_for_nothing(&value), nothing, "{value}");
        }
    }
}
