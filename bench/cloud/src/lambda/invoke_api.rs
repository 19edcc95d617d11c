//! The public Invoke API: `POST /2015-03-31/functions/{name}/invocations`, for every SDK and CLI.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>. Signatures are not verified. An
//! asynchronous invocation is run once: AWS's two later retries, minutes apart, are not made.

use std::{io, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use serde::Serialize;
use serde::de::IgnoredAny;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    Registry,
    config::LambdaConfig,
    function::{Call, Function, Invoked},
    outcome::{Outcome, PAYLOAD_BYTES, Throttle},
};
use crate::body::{BodyError, read_body};
use crate::endpoint::{Endpoint, Http};

const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("x-amz-client-context");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const LATEST: HeaderValue = HeaderValue::from_static("$LATEST");

/// An asynchronous event may have 1 MB (256 KB until October 2025).
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const EVENT_BYTES: usize = 1024 * 1024;

/// Asynchronous invocations that wait or run. AWS queues for hours; here what exceeds a full account's
/// worth of concurrency is refused.
const EVENTS: usize = 1_000;

/// `X-Amz-Log-Result` shows the last 4 KB.
const LOG_BYTES: usize = 4 * 1024;

struct Service {
    config: Arc<LambdaConfig>,
    functions: Arc<Registry>,
    events: Arc<Semaphore>,
}

pub(super) async fn serve(config: Arc<LambdaConfig>, functions: Arc<Registry>) -> io::Result<Endpoint> {
    let service = Arc::new(Service { config, functions, events: Arc::new(Semaphore::new(EVENTS)) });
    Endpoint::serve(Http::DOOR, move |_peer, request| {
        let service = Arc::clone(&service);
        async move { service.answer(request).await.unwrap_or_else(Refusal::into_response) }
    })
    .await
}

/// An error of the API, in AWS's terms.
#[derive(Debug)]
enum Refusal {
    UnknownOperation,
    FunctionNotFound(String),
    InvalidParameter(&'static str),
    InvalidContent(String),
    TooLarge(usize),
    Throttled(Throttle),
    Service(String),
}

/// The kind of invocation that is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    RequestResponse,
    Event,
    DryRun,
}

impl Service {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Refusal> {
        let (head, body) = request.into_parts();
        let function = self.function(&head)?;
        let kind = match head.headers.get(&INVOCATION_TYPE).map(HeaderValue::as_bytes) {
            None | Some(b"RequestResponse") => Kind::RequestResponse,
            Some(b"Event") => Kind::Event,
            Some(b"DryRun") => Kind::DryRun,
            Some(_) => return Err(Refusal::InvalidParameter("InvocationType is RequestResponse, Event or DryRun")),
        };
        let limit = if kind == Kind::Event { EVENT_BYTES } else { PAYLOAD_BYTES };
        let mut payload = read_body(body, limit).await.map_err(|error| match error {
            BodyError::TooLarge(_) => Refusal::TooLarge(limit),
            BodyError::Truncated => Refusal::InvalidContent("the body is truncated".into()),
        })?;
        if payload.is_empty() {
            payload = Bytes::from_static(b"{}");
        } else if let Err(error) = serde_json::from_slice::<IgnoredAny>(&payload) {
            return Err(Refusal::InvalidContent(format!("Could not parse request body into json: {error}")));
        }
        let call = call(&head, payload)?;
        match kind {
            Kind::RequestResponse => respond(function.call(call).await),
            Kind::Event => self.enqueue(function, call),
            Kind::DryRun => Ok(empty(StatusCode::NO_CONTENT, Uuid::new_v4())),
        }
    }

    fn enqueue(&self, function: Function, call: Call) -> Result<Response<Full<Bytes>>, Refusal> {
        let place = Arc::clone(&self.events).try_acquire_owned().map_err(|_| Refusal::Throttled(Throttle::Account))?;
        tokio::spawn(async move {
            let invoked = function.call(call).await;
            if !matches!(invoked.outcome, Outcome::Success(_)) {
                tracing::warn!(request = %invoked.request_id, outcome = ?invoked.outcome, "an event failed");
            }
            drop(place);
        });
        Ok(empty(StatusCode::ACCEPTED, Uuid::new_v4()))
    }

    fn function(&self, head: &Parts) -> Result<Function, Refusal> {
        let path = head.uri.path();
        let name = path.strip_prefix("/2015-03-31/functions/").and_then(|rest| rest.strip_suffix("/invocations"));
        let (Some(name), &Method::POST) = (name, &head.method) else { return Err(Refusal::UnknownOperation) };
        // The common case has nothing to decode: a plain name.
        if let (Some(function), None) = (self.functions.find(name), head.uri.query()) {
            return Ok(function);
        }
        let identifier = decode(name);
        let query = head.uri.query().unwrap_or_default();
        let version = query.split('&').find_map(|pair| pair.strip_prefix("Qualifier=")).map(decode);
        let (name, suffix) = self.split(&identifier);
        let version = version.or(suffix.map(str::to_owned));
        let not_found = |version: Option<&str>| {
            let version = version.map(|version| format!(":{version}")).unwrap_or_default();
            let (region, account) = (&self.config.region, &self.config.account);
            Refusal::FunctionNotFound(format!("arn:aws:lambda:{region}:{account}:function:{name}{version}"))
        };
        match version.as_deref() {
            None | Some("$LATEST") => self.functions.find(name).ok_or_else(|| not_found(version.as_deref())),
            Some(version) => Err(not_found(Some(version))),
        }
    }

    /// Name and version of `name`, `name:version`, `account:function:name` or a whole ARN.
    fn split<'a>(&self, identifier: &'a str) -> (&'a str, Option<&'a str>) {
        let rest = identifier.rsplit_once("function:").map_or(identifier, |(_, rest)| rest);
        rest.split_once(':').map_or((rest, None), |(name, version)| (name, Some(version)))
    }
}

fn call(head: &Parts, payload: Bytes) -> Result<Call, Refusal> {
    let copy = |name| head.headers.get(name).map(|value| Bytes::copy_from_slice(value.as_bytes()));
    let client_context = match head.headers.get(&CLIENT_CONTEXT) {
        None => None,
        Some(context) => Some(Bytes::from(
            BASE64_STANDARD.decode(context).map_err(|_| Refusal::InvalidParameter("ClientContext is not base64"))?,
        )),
    };
    let log = head.headers.get(&LOG_TYPE).is_some_and(|kind| kind == "Tail");
    Ok(Call { payload, client_context, trace: copy(&TRACE), log })
}

fn respond(invoked: Invoked) -> Result<Response<Full<Bytes>>, Refusal> {
    let (payload, failed) = match invoked.outcome {
        Outcome::Success(payload) => (payload, false),
        Outcome::FunctionError(error) => (error.payload, true),
        Outcome::Throttled(throttle) => return Err(Refusal::Throttled(throttle)),
        Outcome::PayloadTooLarge { .. } => return Err(Refusal::TooLarge(PAYLOAD_BYTES)),
        Outcome::ServiceError(reason) => return Err(Refusal::Service(reason)),
    };
    let mut response = empty(StatusCode::OK, invoked.request_id);
    *response.body_mut() = Full::new(payload);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(EXECUTED_VERSION, LATEST);
    if failed {
        // AWS says `Unhandled` for errors that a runtime reports, too: see the examples of
        // <https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html>.
        headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    }
    if let Some(log) = invoked.log {
        let tail = &log.as_bytes()[log.len().saturating_sub(LOG_BYTES)..];
        let value = BASE64_STANDARD.encode(tail).try_into().expect("base64 is a header value");
        headers.insert(LOG_RESULT, value);
    }
    Ok(response)
}

fn empty(status: StatusCode, request: Uuid) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    let id = HeaderValue::from_str(request.as_hyphenated().encode_lower(&mut [0; 36]));
    response.headers_mut().insert(REQUEST_ID, id.expect("a UUID is a header value"));
    response
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(rename = "Type")]
    kind: &'a str,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    upper: Option<&'a str>,
    #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
    lower: Option<&'a str>,
}

impl Refusal {
    /// Status, `x-amzn-ErrorType`, `Type`, `Reason` and message of each error.
    fn terms(&self) -> (StatusCode, &'static str, &'static str, Option<&'static str>, String) {
        use StatusCode as S;
        match self {
            Self::UnknownOperation => {
                (S::NOT_FOUND, "UnknownOperationException", "User", None, "only Invoke is known here".into())
            }
            Self::FunctionNotFound(arn) => {
                (S::NOT_FOUND, "ResourceNotFoundException", "User", None, format!("Function not found: {arn}"))
            }
            Self::InvalidParameter(what) => {
                (S::BAD_REQUEST, "InvalidParameterValueException", "User", None, (*what).into())
            }
            Self::InvalidContent(what) => {
                (S::BAD_REQUEST, "InvalidRequestContentException", "User", None, what.clone())
            }
            Self::TooLarge(limit) => (
                S::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                "User",
                None,
                format!("Request must be smaller than {limit} bytes for the InvokeFunction operation"),
            ),
            Self::Throttled(throttle) => {
                let reason = match throttle {
                    Throttle::Reserved => "ReservedFunctionConcurrentInvocationLimitExceeded",
                    Throttle::Account => "ConcurrentInvocationLimitExceeded",
                };
                (S::TOO_MANY_REQUESTS, "TooManyRequestsException", "User", Some(reason), "Rate Exceeded.".into())
            }
            Self::Service(reason) => (S::INTERNAL_SERVER_ERROR, "ServiceException", "Service", None, reason.clone()),
        }
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let (status, error_type, kind, reason, message) = self.terms();
        // Throttling, alone, spells `message` in lower case.
        let (upper, lower) = if reason.is_some() { (None, Some(&*message)) } else { (Some(&*message), None) };
        let body = serde_json::to_vec(&ErrorBody { reason, kind, upper, lower }).expect("strings are always JSON");
        let mut response = empty(status, Uuid::new_v4());
        *response.body_mut() = Full::from(body);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(error_type));
        response
    }
}

/// Percent-decoding; what is no UTF-8 then is replaced, and finds no function.
fn decode(text: &str) -> String {
    String::from_utf8_lossy(&crate::front::percent_decode(text.as_bytes())).into_owned()
}
