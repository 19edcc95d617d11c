//! `Invoke`: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>. An asynchronous invocation is run once:
//! AWS's two later retries, minutes apart, are not made.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::{JSON, Refusal, Service, empty};
use crate::body::{BodyError, read_body};
use crate::endpoint::RequestBody;
use crate::lambda::function::{Call, Function, Invoked};
use crate::lambda::invocation::runtime_trace;
use crate::lambda::outcome::{Outcome, PAYLOAD_BYTES, Throttle};

const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("x-amz-client-context");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
pub(super) const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// An asynchronous event may have 1 MB (256 KB until October 2025).
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const EVENT_BYTES: usize = 1024 * 1024;

/// `X-Amz-Log-Result` shows the last 4 KB.
const LOG_BYTES: usize = 4 * 1024;

/// The kind of invocation that is requested.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    RequestResponse,
    Event,
    DryRun,
}

impl Service {
    pub(super) async fn invoke(
        &self,
        function: Function,
        head: &Parts,
        body: RequestBody,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let kind = kind(head);
        let limit = if matches!(kind, Ok(Kind::Event)) { EVENT_BYTES } else { PAYLOAD_BYTES };
        // First: a client that is still sending gets to read any refusal.
        let payload = payload(body, limit, "InvokeFunction").await;
        let call = call(head, payload?)?;
        match kind? {
            Kind::RequestResponse => respond(executed(&function), function.call(call).await),
            Kind::Event => self.enqueue(function, call),
            Kind::DryRun => Ok(empty(StatusCode::NO_CONTENT, Uuid::new_v4())),
        }
    }

    fn enqueue(&self, function: Function, call: Call) -> Result<Response<Full<Bytes>>, Refusal> {
        let place = Arc::clone(&self.events).try_acquire_owned().map_err(|_| Refusal::throttled(Throttle::Account))?;
        tokio::spawn(async move {
            let invoked = function.call(call).await;
            if !matches!(invoked.outcome, Outcome::Success(_)) {
                tracing::warn!(request = %invoked.request_id, outcome = ?invoked.outcome, "an event failed");
            }
            drop(place);
        });
        Ok(empty(StatusCode::ACCEPTED, Uuid::new_v4()))
    }
}

fn kind(head: &Parts) -> Result<Kind, Refusal> {
    match head.headers.get(&INVOCATION_TYPE).map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => Ok(Kind::RequestResponse),
        Some(b"Event") => Ok(Kind::Event),
        Some(b"DryRun") => Ok(Kind::DryRun),
        Some(_) => Err(Refusal::invalid_parameter("InvocationType is RequestResponse, Event or DryRun")),
    }
}

/// The event: JSON, `{}` if there is none.
pub(super) async fn payload(body: RequestBody, limit: usize, operation: &str) -> Result<Bytes, Refusal> {
    let payload = read_body(body, limit).await.map_err(|error| match error {
        BodyError::TooLarge(_) => Refusal::too_large(limit, operation),
        BodyError::Truncated => Refusal::invalid_content("the body is truncated"),
    })?;
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    // JSON is UTF-8: without this a string of other bytes would be taken.
    let text = std::str::from_utf8(&payload).map_err(|error| error.to_string());
    let checked = text.and_then(|text| serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string()));
    match checked {
        Ok(_) => Ok(payload),
        Err(error) => Err(Refusal::invalid_content(format!("Could not parse request body into json: {error}"))),
    }
}

/// What the headers ask for besides.
pub(super) fn call(head: &Parts, payload: Bytes) -> Result<Call, Refusal> {
    let trace = head.headers.get(&TRACE).and_then(|trace| trace.to_str().ok());
    let client_context = match head.headers.get(&CLIENT_CONTEXT) {
        None => None,
        Some(context) => Some(Bytes::from(
            BASE64_STANDARD.decode(context).map_err(|_| Refusal::invalid_parameter("ClientContext is not base64"))?,
        )),
    };
    let log = head.headers.get(&LOG_TYPE).is_some_and(|kind| kind == "Tail");
    let trace = Some(runtime_trace(trace.unwrap_or_default()).into());
    Ok(Call { payload, client_context, trace, log, ..Call::default() })
}

/// The error of an invocation that was not run.
pub(super) fn refusal(outcome: Outcome) -> Result<Result<Bytes, crate::lambda::outcome::FunctionError>, Refusal> {
    match outcome {
        Outcome::Success(payload) => Ok(Ok(payload)),
        Outcome::FunctionError(error) => Ok(Err(error)),
        Outcome::Throttled(throttle) => Err(Refusal::throttled(throttle)),
        Outcome::PayloadTooLarge { .. } => Err(Refusal::too_large(PAYLOAD_BYTES, "InvokeFunction")),
        Outcome::ServiceError(reason) => Err(Refusal::service(reason)),
    }
}

/// The last 4 KB of a log, in base64.
pub(super) fn log_result(log: &str) -> String {
    BASE64_STANDARD.encode(&log.as_bytes()[log.len().saturating_sub(LOG_BYTES)..])
}

/// The version that is executed, as a header.
pub(super) fn executed(function: &Function) -> HeaderValue {
    HeaderValue::from_str(&function.config().version()).expect("digits, or $LATEST")
}

fn respond(version: HeaderValue, invoked: Invoked) -> Result<Response<Full<Bytes>>, Refusal> {
    let (payload, failed) = match refusal(invoked.outcome)? {
        Ok(payload) => (payload, false),
        Err(error) => (error.payload, true),
    };
    let mut response = empty(StatusCode::OK, invoked.request_id);
    *response.body_mut() = Full::new(payload);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(EXECUTED_VERSION, version);
    if failed {
        // AWS has `Unhandled` for errors that a runtime reports, too: see the examples of
        // <https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html>.
        headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    }
    if let Some(log) = invoked.log {
        headers.insert(LOG_RESULT, log_result(&log).try_into().expect("base64 is a header value"));
    }
    Ok(response)
}
