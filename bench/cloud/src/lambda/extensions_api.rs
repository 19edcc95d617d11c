//! The Extensions API of one environment: `/2020-01-01/extension/…`, beside its Runtime API.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>; statuses, types and messages of refusals
//! as in `rapi/handler` of aws-lambda-runtime-interface-emulator. The Logs and Telemetry APIs are refused as there.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::extensions::{Extensions, Refusal};
use super::outcome::error_body;
use super::runtime_api::{About, JSON, accepted};
use crate::body::{drain, read_body};
use crate::endpoint::RequestBody;

const NAME: HeaderName = HeaderName::from_static("lambda-extension-name");
const IDENTIFIER: HeaderName = HeaderName::from_static("lambda-extension-identifier");
const FEATURE: HeaderName = HeaderName::from_static("lambda-extension-accept-feature");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-extension-function-error-type");
const EVENT_IDENTIFIER: HeaderName = HeaderName::from_static("lambda-extension-event-identifier");

/// The largest registration, in bytes: a list of two words, with room.
const REGISTRATION_BYTES: usize = 64 * 1024;

#[derive(Default, Deserialize)]
struct Registration {
    #[serde(default)]
    events: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Registered<'a> {
    function_version: &'a str,
    function_name: &'a str,
    handler: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

/// Answers a call, if its path is one of these APIs'.
pub(super) async fn route(
    extensions: &Arc<Extensions>,
    about: &About,
    fail: impl Fn(&str, &str),
    head: &Parts,
    body: RequestBody,
) -> Response<Full<Bytes>> {
    let answered = match (&head.method, head.uri.path()) {
        (&Method::POST, "/2020-01-01/extension/register") => register(extensions, about, head, body).await,
        (&Method::GET, "/2020-01-01/extension/event/next") => next(extensions, head).await,
        (&Method::POST, "/2020-01-01/extension/init/error") => {
            drain(body).await;
            failed(extensions, head, |name| fail("Extension.InitError", name))
        }
        (&Method::POST, "/2020-01-01/extension/exit/error") => {
            drain(body).await;
            failed(extensions, head, |name| fail("Extension.ExitError", name))
        }
        (&Method::PUT, "/2020-08-15/logs") => {
            drain(body).await;
            return json(StatusCode::ACCEPTED, error_body("Logs.NotSupported", "Logs API is not supported"));
        }
        (&Method::PUT, "/2022-07-01/telemetry") => {
            drain(body).await;
            let refusal = error_body("Telemetry.NotSupported", "Telemetry API is not supported");
            return json(StatusCode::ACCEPTED, refusal);
        }
        _ => {
            drain(body).await;
            return json(StatusCode::NOT_FOUND, error_body("NotFound", "there is no such path"));
        }
    };
    answered.unwrap_or_else(|(kind, message)| json(StatusCode::FORBIDDEN, error_body(kind, &message)))
}

async fn register(
    extensions: &Extensions,
    about: &About,
    head: &Parts,
    body: RequestBody,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let body = read_body(body, REGISTRATION_BYTES).await;
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let name = text(NAME);
    if name.is_empty() {
        return Err(("Extension.InvalidExtensionName", "Empty extension name".into()));
    }
    let body = body.map_err(|_| ("InvalidRequestFormat", "the body is too large or truncated".to_owned()))?;
    let registration: Registration =
        serde_json::from_slice(&body).map_err(|error| ("InvalidRequestFormat", error.to_string()))?;
    let id = extensions.register(name, &registration.events)?;
    let wants_account = text(FEATURE).split(',').any(|feature| feature.trim() == "accountId");
    let registered = Registered {
        function_version: &about.version,
        function_name: &about.name,
        handler: &about.handler,
        account_id: wants_account.then_some(&about.account),
    };
    let body = serde_json::to_vec(&registered).expect("strings are always JSON");
    let mut response = json(StatusCode::OK, body.into());
    response.headers_mut().insert(IDENTIFIER, uuid(id));
    Ok(response)
}

async fn next(extensions: &Extensions, head: &Parts) -> Result<Response<Full<Bytes>>, Refusal> {
    let given = extensions.next(identifier(head)?)?;
    // It ends without an event when a newer call took its place, or the environment is over.
    let replaced = |_| ("Extension.InvalidExtensionState", "the environment is shutting down".to_owned());
    let event = given.await.map_err(replaced)?;
    let body = serde_json::to_vec(&event).expect("strings and numbers are always JSON");
    let mut response = json(StatusCode::OK, body.into());
    response.headers_mut().insert(EVENT_IDENTIFIER, uuid(Uuid::new_v4()));
    Ok(response)
}

fn failed(extensions: &Extensions, head: &Parts, fail: impl Fn(&str)) -> Result<Response<Full<Bytes>>, Refusal> {
    let id = identifier(head)?;
    if !head.headers.contains_key(ERROR_TYPE) {
        return Err(("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found".into()));
    }
    fail(&extensions.name(id)?);
    Ok(accepted())
}

fn identifier(head: &Parts) -> Result<Uuid, Refusal> {
    let missing = || ("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header".to_owned());
    let value = head.headers.get(IDENTIFIER).ok_or_else(missing)?;
    let invalid = || ("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier".to_owned());
    value.to_str().ok().and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(invalid)
}

fn uuid(id: Uuid) -> HeaderValue {
    HeaderValue::from_str(&id.to_string()).expect("a UUID is a header value")
}

fn json(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
