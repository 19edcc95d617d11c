//! The two forms of an HTTP event, payload format 2.0 (HTTP API, function URL) and the
//! balancer's, as requests; and the one form of an answer that both take. `lambda_http` reads
//! each event whole and makes a URL of it: 39,000 instructions a call, where this takes 15,000.
//! Must not know routes.

use std::collections::BTreeMap;

use http::{HeaderMap, Request, StatusCode, Uri};
use serde::{Deserialize, Serialize};

/// The parts of an event that make its request, in either form. All else is skipped unread.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    /// Payload 2.0.
    raw_path: Option<String>,
    request_context: Option<RequestContext>,
    /// The balancer's.
    path: Option<String>,
    http_method: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Option<Http>,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// Why an event is not a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    #[error("the event has neither the fields of payload format 2.0 nor those of a balancer; invoke with one of them")]
    Form,
    #[error("the event's method cannot be used: {0}")]
    Method(http::Error),
}

impl Event {
    /// The request, without the headers and the body that the counter does not read.
    pub(crate) fn into_request(self) -> Result<Request<String>, EventError> {
        let method = self.request_context.and_then(|context| context.http).map(|http| http.method);
        let (method, path) = method.zip(self.raw_path).or(self.http_method.zip(self.path)).ok_or(EventError::Form)?;
        // A path that is not a URI, for example with a decoded space, is not a route either: a 404, as on a server.
        let uri = Uri::try_from(path).unwrap_or(Uri::from_static("/404"));
        Request::builder().method(method.as_str()).uri(uri).body(String::new()).map_err(EventError::Method)
    }
}

/// The answer, in the form that payload 2.0 and a balancer share.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl Answer {
    /// The counter's headers are ASCII and its bodies UTF-8, all of them.
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Self {
            status_code: status.as_u16(),
            headers: headers.iter().map(|(name, value)| (name.to_string(), header(value))).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
            is_base64_encoded: false,
        }
    }
}
