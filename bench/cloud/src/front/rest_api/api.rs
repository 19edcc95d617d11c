//! An API as its folder has it: `api.json` and the templates that it names, the same files that Terraform deploys.
//!
//! Everything is read and held to the subset before the first request. Nothing here answers one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::vtl::{Template, TemplateError};

/// The file that describes an API.
const FILE: &str = "api.json";

/// The resource that has all paths that no other has.
const GREEDY: &str = "/{proxy+}";

/// The word for every method.
const ANY: &str = "ANY";

/// The methods that a resource can have (API Gateway API Reference, PutMethod): `ANY` stands for these.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// The longest that an integration may take (API Gateway Developer Guide, "Quotas for configuring and running a REST API").
const TIMEOUT_MAX_MS: u64 = 29_000;

/// An API that can be served.
#[derive(Debug)]
pub(crate) struct Api {
    /// How long an integration is waited for.
    pub(super) timeout: Duration,
    /// The media types of requests that have a template; one without a type has the first.
    pub(super) request_types: Vec<String>,
    integrations: Vec<Integration>,
    resources: BTreeMap<String, BTreeMap<String, usize>>,
    /// What the gateway answers by itself, by the type of response.
    pub(super) gateway: BTreeMap<String, Answer>,
}

/// What answers a method.
#[derive(Debug)]
pub(super) struct Integration {
    /// The operation of DynamoDB; nothing of a mock, which answers by itself.
    pub(super) action: Option<String>,
    pub(super) request: Template,
    pub(super) responses: Vec<Response>,
}

/// What an integration's answer becomes.
#[derive(Debug)]
pub(super) struct Response {
    /// The status of the integration that it is of; any other where there is none.
    of: Option<u16>,
    pub(super) answer: Answer,
}

/// A status, headers and a body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Template,
}

/// Why a folder is no API that can be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A file can't be read.
    #[error("can't read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// It is not described as it must be.
    #[error("{} does not describe an API", .0.display())]
    Description(PathBuf, #[source] serde_json::Error),
    /// It describes what can't be.
    #[error("{}: {reason}", file.display())]
    Refused {
        /// The description.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A template is not in the subset.
    #[error("{} is not a template of the subset", .0.display())]
    Template(PathBuf, #[source] TemplateError),
}

/// `api.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    timeout_ms: u64,
    request_types: Vec<String>,
    integrations: BTreeMap<String, IntegrationDescription>,
    resources: BTreeMap<String, BTreeMap<String, String>>,
    gateway: BTreeMap<String, AnswerDescription>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntegrationDescription {
    action: Option<String>,
    request: String,
    responses: Vec<AnswerDescription>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerDescription {
    #[serde(default)]
    of: Option<String>,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Api {
    /// Reads the API of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, ApiError> {
        let file = folder.join(FILE);
        let text = fs::read(&file).map_err(|error| ApiError::Read(file.clone(), error))?;
        let described: Description =
            serde_json::from_slice(&text).map_err(|error| ApiError::Description(file.clone(), error))?;
        let refused = |reason: String| ApiError::Refused { file: file.clone(), reason };
        if !(50..=TIMEOUT_MAX_MS).contains(&described.timeout_ms) {
            return Err(refused(format!("`timeout_ms` is from 50 to {TIMEOUT_MAX_MS}")));
        }
        let mut names = BTreeMap::new();
        let mut integrations = Vec::new();
        for (name, it) in described.integrations {
            names.insert(name, integrations.len());
            let responses = it.responses.into_iter().map(|it| {
                let of = it.of.as_deref().map(str::parse).transpose();
                let of = of.map_err(|_| refused("`of` is one status: patterns are not in the subset".to_owned()))?;
                Ok(Response { of, answer: answer(folder, it, &refused)? })
            });
            let request = template(&folder.join(&it.request))?;
            integrations.push(Integration {
                action: it.action,
                request,
                responses: responses.collect::<Result<_, _>>()?,
            });
        }
        let mut resources = BTreeMap::new();
        for (path, methods) in described.resources {
            if !path.starts_with('/') || (path.contains(['{', '}']) && path != GREEDY) {
                return Err(refused(format!("`{path}` is not a resource of the subset")));
            }
            let methods = methods.into_iter().map(|(method, name)| {
                if method != ANY && !METHODS.contains(&method.as_str()) {
                    return Err(refused(format!("`{method}` is not a method that a resource can have")));
                }
                let integration =
                    names.get(&name).ok_or_else(|| refused(format!("there is no integration `{name}`")))?;
                Ok((method, *integration))
            });
            resources.insert(path, methods.collect::<Result<_, _>>()?);
        }
        let gateway = described.gateway.into_iter().map(|(name, it)| Ok((name, answer(folder, it, &refused)?)));
        Ok(Self {
            timeout: Duration::from_millis(described.timeout_ms),
            request_types: described.request_types,
            integrations,
            resources,
            gateway: gateway.collect::<Result<_, _>>()?,
        })
    }

    /// The resource of a path, and what answers a method there; nothing where the gateway has no such method.
    ///
    /// A slash at the end is not looked at: tried on AWS in aws-powertools/powertools-lambda-python#1552.
    pub(super) fn find(&self, path: &str, method: &str) -> Option<(&str, &Integration)> {
        let trimmed = path.strip_suffix('/').filter(|it| !it.is_empty()).unwrap_or(path);
        let (resource, methods) =
            self.resources.get_key_value(trimmed).or_else(|| self.resources.get_key_value(GREEDY))?;
        let any = || methods.get(ANY).filter(|_| METHODS.contains(&method));
        let integration = methods.get(method).or_else(any)?;
        Some((resource, &self.integrations[*integration]))
    }
}

impl Integration {
    /// What its answer of this status becomes.
    pub(super) fn response(&self, status: u16) -> Option<&Answer> {
        let of = |wanted: Option<u16>| self.responses.iter().find(|it| it.of == wanted).map(|it| &it.answer);
        of(Some(status)).or_else(|| of(None))
    }
}

fn answer(
    folder: &Path,
    described: AnswerDescription,
    refused: &impl Fn(String) -> ApiError,
) -> Result<Answer, ApiError> {
    let status = StatusCode::from_u16(described.status).map_err(|error| refused(error.to_string()))?;
    let headers = described.headers.into_iter().map(|(name, value)| {
        let header = (name.parse::<HeaderName>().ok()).zip(HeaderValue::try_from(&value).ok());
        header.ok_or_else(|| refused(format!("`{name}: {value}` is no header")))
    });
    Ok(Answer { status, headers: headers.collect::<Result<_, _>>()?, body: template(&folder.join(&described.body))? })
}

/// A file ends with the end of its last line, and a template before it: so Terraform has it, too.
fn template(file: &Path) -> Result<Template, ApiError> {
    let text = fs::read_to_string(file).map_err(|error| ApiError::Read(file.to_owned(), error))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Template::parse(text).map_err(|error| ApiError::Template(file.to_owned(), error))
}
