//! API Gateway's REST API whose methods no function answers: a mock, or a call of DynamoDB's own API, made and answered by
//! mapping templates (API Gateway Developer Guide, "Choose an API Gateway API integration type", `MOCK` and `AWS`).
//!
//! It stands where a domain of one's own has it: at the root, without the name of the stage in its paths.

mod api;
mod dynamodb;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value};
use uuid::Uuid;

pub(crate) use self::api::Api;
pub use self::api::ApiError;
use self::api::{Answer, Integration};
use self::dynamodb::DynamoDb;
use super::event::{decode_form, gateway_id, host, now, percent_decode, query_pairs, value_text};
use super::invoke::{json, label};
use super::{Front, Part, RunningFront};
use crate::body::{BodyError, read_body};
use crate::endpoint::{Endpoint, Guard, Hosts, Http, RequestBody};
use crate::vtl::{Rendered, TemplateError, Variables};

/// The largest payload (API Gateway Developer Guide, "Quotas for configuring and running a REST API").
const REQUEST_BYTES: usize = 10 * 1024 * 1024;

/// As the other fronts have it: the account and the API are made up.
const ACCOUNT: &str = "123456789012";
const API_ID: &str = "localrestapi";

/// The name of the stage that Terraform makes.
const STAGE: &str = "counter";

/// What the front of a way without a process is put before.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pub(crate) api: Arc<Api>,
    /// Where DynamoDB is.
    pub(crate) dynamodb: SocketAddr,
    /// `$stageVariables`.
    pub(crate) variables: BTreeMap<String, String>,
}

/// Serves the API of a folder, which calls DynamoDB at an address.
///
/// # Errors
/// When the folder has none that can be served, or no port is free.
pub async fn serve(
    folder: &std::path::Path,
    dynamodb: SocketAddr,
    variables: BTreeMap<String, String>,
) -> io::Result<Front> {
    let api = Api::read(folder).map_err(io::Error::other)?;
    start(Gateway { api: Arc::new(api), dynamodb, variables }).await
}

async fn start(gateway: Gateway) -> io::Result<Front> {
    let store = DynamoDb::at(gateway.dynamodb, gateway.api.timeout);
    let shared = Arc::new((gateway, store));
    let guard = Guard { hosts: Hosts::Front, forbidden: || json(StatusCode::FORBIDDEN, r#"{"message":"Forbidden"}"#) };
    // A caller that has closed its sending side still gets its answer.
    let http = Http { half_close: true, guard, ..Http::DOOR };
    let endpoint = Endpoint::serve(http, move |peer, request| {
        let shared = Arc::clone(&shared);
        async move { answer(&shared.0, &shared.1, peer, request).await }
    });
    Ok(Front::new(endpoint.await?))
}

pub(super) struct RestApi;

#[async_trait]
impl Part for RestApi {
    async fn before_nothing(&self, gateway: &Gateway) -> Option<io::Result<Box<dyn RunningFront>>> {
        Some(Front::boxed(start(gateway.clone()).await))
    }
}

/// Why the gateway answers by itself: the types of its responses (API Gateway Developer Guide, "Gateway response types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    MissingAuthenticationToken,
    UnsupportedMediaType,
    RequestTooLarge,
    BadRequest,
    /// A template's value is not what is needed, or its answer is not.
    Configuration,
    Integration,
    Timeout,
}

impl Failure {
    /// Its type, its status and its body where nobody has set another. The statuses are that page's; the messages are those that
    /// users report, that of 413 is assumed.
    fn default(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::MissingAuthenticationToken => {
                ("MISSING_AUTHENTICATION_TOKEN", StatusCode::FORBIDDEN, r#"{"message":"Missing Authentication Token"}"#)
            }
            Self::UnsupportedMediaType => (
                "UNSUPPORTED_MEDIA_TYPE",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                r#"{"message":"Unsupported Media Type"}"#,
            ),
            Self::RequestTooLarge => {
                ("REQUEST_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Too Long"}"#)
            }
            Self::BadRequest => ("BAD_REQUEST_BODY", StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#),
            Self::Configuration => {
                ("API_CONFIGURATION_ERROR", StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal server error"}"#)
            }
            Self::Integration => {
                ("INTEGRATION_FAILURE", StatusCode::GATEWAY_TIMEOUT, r#"{"message":"Internal server error"}"#)
            }
            Self::Timeout => {
                ("INTEGRATION_TIMEOUT", StatusCode::GATEWAY_TIMEOUT, r#"{"message":"Endpoint request timed out"}"#)
            }
        }
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        tracing::warn!(%error, "a template can't be evaluated");
        Self::Configuration
    }
}

/// A request as templates see it.
struct Seen<'a> {
    head: &'a Parts,
    peer: SocketAddr,
    resource: &'a str,
    body: &'a str,
    variables: &'a BTreeMap<String, String>,
    id: &'a str,
    extended_id: &'a str,
}

impl Variables for Seen<'_> {
    fn body(&self) -> &str {
        self.body
    }

    fn parameters(&self) -> Value {
        let query = query_pairs(self.head.uri.query().unwrap_or_default());
        let query = query.map(|(name, value)| (decode_form(name).into_owned(), decode_form(value).into_owned().into()));
        let headers = self.head.headers.iter().map(|(name, value)| (name.to_string(), value_text(value).into()));
        let path = Map::from_iter(
            self.resource
                .contains('{')
                .then(|| ("proxy".to_owned(), percent_decode(self.head.uri.path().trim_start_matches('/')).into())),
        );
        let members = [
            ("path", path),
            // Of what comes several times the last counts.
            ("querystring", query.collect()),
            ("header", headers.collect()),
        ];
        members.into_iter().map(|(name, members)| (name.to_owned(), Value::Object(members))).collect()
    }

    fn context(&self, name: &str) -> Option<String> {
        let domain =
            || host(&self.head.headers).rsplit_once(':').map_or(host(&self.head.headers), |it| it.0).to_owned();
        Some(match name {
            "accountId" => ACCOUNT.to_owned(),
            "apiId" => API_ID.to_owned(),
            "domainName" => domain(),
            "extendedRequestId" => self.extended_id.to_owned(),
            "httpMethod" => self.head.method.to_string(),
            "identity.sourceIp" => self.peer.ip().to_string(),
            "identity.userAgent" => value_text(self.head.headers.get(USER_AGENT)?).into_owned(),
            "path" => self.head.uri.path().to_owned(),
            "protocol" => "HTTP/1.1".to_owned(),
            "requestId" => self.id.to_owned(),
            "requestTime" => now().1,
            "requestTimeEpoch" => now().0.to_string(),
            "resourcePath" => self.resource.to_owned(),
            "stage" => STAGE.to_owned(),
            _ => return None,
        })
    }

    fn stage(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

async fn answer(
    gateway: &Gateway,
    store: &DynamoDb,
    peer: SocketAddr,
    request: Request<RequestBody>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let (id, extended_id) = (Uuid::new_v4().to_string(), gateway_id());
    let mut seen = Seen {
        head: &head,
        peer,
        resource: "",
        body: "",
        variables: &gateway.variables,
        id: &id,
        extended_id: &extended_id,
    };
    let answered = respond(gateway, store, &mut seen, body).await;
    let mut response = answered.unwrap_or_else(|failure| by_itself(&gateway.api, &seen, failure));
    label(&mut response, HeaderName::from_static("x-amzn-requestid"), &id);
    label(&mut response, HeaderName::from_static("x-amz-apigw-id"), &extended_id);
    response
}

async fn respond<'a>(
    gateway: &'a Gateway,
    store: &DynamoDb,
    seen: &mut Seen<'a>,
    body: RequestBody,
) -> Result<Response<Full<Bytes>>, Failure> {
    let found = gateway.api.find(seen.head.uri.path(), seen.head.method.as_str());
    let (resource, integration) = found.ok_or(Failure::MissingAuthenticationToken)?;
    seen.resource = resource;
    let body = read_body(body, REQUEST_BYTES).await.map_err(|error| match error {
        BodyError::TooLarge(_) => Failure::RequestTooLarge,
        BodyError::Truncated => Failure::BadRequest,
    })?;
    // Nothing is passed through without a template: `passthrough_behavior` is `NEVER`.
    if !has_template(&gateway.api, seen.head) {
        return Err(Failure::UnsupportedMediaType);
    }
    let body = String::from_utf8_lossy(&body);
    let request = integration.request.evaluate(&Seen { body: &body, ..*seen })?.text;
    let (status, answered) = integrate(integration, store, request).await?;
    let answer = integration.response(status).ok_or(Failure::Configuration)?;
    let rendered = answer.body.evaluate(&Seen { body: &answered, ..*seen })?;
    response(answer, rendered).ok_or(Failure::Configuration)
}

fn has_template(api: &Api, head: &Parts) -> bool {
    let given = head.headers.get(CONTENT_TYPE).map(value_text);
    given.is_none_or(|given| {
        let kind = given.split(';').next().unwrap_or_default().trim();
        api.request_types.iter().any(|known| known.eq_ignore_ascii_case(kind))
    })
}

/// The status and the body that an integration answers.
async fn integrate(integration: &Integration, store: &DynamoDb, request: String) -> Result<(u16, String), Failure> {
    if let Some(action) = &integration.action {
        return store.call(action, request).await;
    }
    // A mock is asked for a status.
    let asked: Value = serde_json::from_str(&request).map_err(|_| Failure::Configuration)?;
    let status = asked.get("statusCode").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
    Ok((status.ok_or(Failure::Configuration)?, String::new()))
}

/// An answer with what its template made; nothing where that is no response.
fn response(answer: &Answer, rendered: Rendered) -> Option<Response<Full<Bytes>>> {
    let mut response = Response::new(Full::new(Bytes::from(rendered.text)));
    *response.status_mut() = match rendered.status {
        Some(status) => StatusCode::from_u16(status).ok()?,
        None => answer.status,
    };
    for (name, value) in &answer.headers {
        response.headers_mut().insert(name, value.clone());
    }
    for (name, value) in rendered.headers {
        response.headers_mut().insert(name.parse::<HeaderName>().ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(response)
}

/// What the gateway answers by itself: as the API has it for this type or for all of its class, or by default.
fn by_itself(api: &Api, seen: &Seen<'_>, failure: Failure) -> Response<Full<Bytes>> {
    let (kind, status, body) = failure.default();
    let class = if status.is_server_error() { "DEFAULT_5XX" } else { "DEFAULT_4XX" };
    let own = api.gateway.get(kind).or_else(|| api.gateway.get(class));
    let own = own.and_then(|answer| response(answer, answer.body.evaluate(seen).ok()?));
    own.unwrap_or_else(|| json(status, body))
}
