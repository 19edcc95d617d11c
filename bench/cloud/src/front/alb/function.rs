//! The load balancer with a Lambda target group, with or without multi-value headers.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>. Each rule's source is in
//! `tests/it/fronts.toml`.

use std::borrow::Cow;
use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use http::header::SERVER;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use uuid::Uuid;

use super::headers::trace;
use super::page::page;
use crate::credentials;
use crate::endpoint::{Guard, Hosts};
use crate::front::Front;
use crate::front::answer::{self, HeaderSource};
use crate::front::event::{Body, FrontRequest, Headers, Members, headers, query_pairs, write};
use crate::front::invoke::{self, Failure, Format};
use crate::lambda::Function;

/// The target group's attribute `lambda.multi_value_headers.enabled`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiValue {
    /// AWS's default: the last value of each header and query parameter.
    #[default]
    Off,
    /// Lists of values, in both directions.
    On,
}

/// Serves `function` behind a load balancer.
///
/// # Errors
/// When no port is free.
pub async fn serve(function: Function, multi_value: MultiValue) -> io::Result<Front> {
    invoke::serve(function, OfFunction(multi_value)).await
}

pub(in crate::front) struct OfFunction(pub(in crate::front) MultiValue);

/// Requests' bodies and functions' answers: 1 MB each.
const MOST_BYTES: usize = 1024 * 1024;

const HEADERS: Headers = Headers { cookie: true, content_length: false };

const ANSWER: answer::Rules = answer::Rules {
    default_type: "application/octet-stream",
    inferred: false,
    headers: HeaderSource::Single,
    cookies: false,
    description: true,
    remapped: &[],
};

const MULTI_VALUE_ANSWER: answer::Rules = answer::Rules { headers: HeaderSource::Multi, ..ANSWER };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    request_context: Context,
    http_method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Members<'a, Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_query_string_parameters: Option<Members<'a, Vec<Cow<'a, str>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Members<'a, Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<Members<'a, Vec<Cow<'a, str>>>>,
    body: &'a Body<'a>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
struct Context {
    elb: Elb,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Elb {
    target_group_arn: &'static str,
}

/// The target group: made up, in the cloud's region.
fn target_group_arn() -> &'static str {
    static ARN: LazyLock<String> = LazyLock::new(|| {
        format!(
            "arn:aws:elasticloadbalancing:{}:123456789012:targetgroup/local/0123456789abcdef",
            credentials::region()
        )
    });
    &ARN
}

impl Format for OfFunction {
    const REQUEST_BYTES: usize = MOST_BYTES;

    const GUARD: Guard = Guard { hosts: Hosts::Front, forbidden: || page(StatusCode::FORBIDDEN) };

    /// The longest timeout of a function: it is Lambda that bounds the wait.
    const PATIENCE: Duration = Duration::from_secs(15 * 60 + 30);

    /// Events of a load balancer have none.
    fn id(&self, _invocation: Uuid) -> String {
        String::new()
    }

    fn trace(&self, received: Option<&str>) -> String {
        trace(received)
    }

    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8> {
        let uri = &request.head.uri;
        let query = || query_pairs(uri.query().unwrap_or(""));
        let headers = || headers(request, &HEADERS);
        let (off, on) = (self.0 == MultiValue::Off, self.0 == MultiValue::On);
        let body = Body::new(&request.head.headers, request.body);
        let event = Event {
            request_context: Context { elb: Elb { target_group_arn: target_group_arn() } },
            http_method: request.head.method.as_str(),
            path: uri.path(),
            query_string_parameters: off.then(|| Members::<()>::last(query())),
            multi_value_query_string_parameters: on.then(|| Members::<()>::lists(query())),
            headers: off.then(|| Members::<()>::last(headers())),
            multi_value_headers: on.then(|| Members::<()>::lists(headers())),
            is_base64_encoded: body.is_base64(),
            body: &body,
        };
        write(&event, request.body)
    }

    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>> {
        if payload.len() > MOST_BYTES {
            return None;
        }
        let rules = match self.0 {
            MultiValue::Off => &ANSWER,
            MultiValue::On => &MULTI_VALUE_ANSWER,
        };
        answer::response(payload, method, rules)
    }

    /// "HTTP 502", "413", "504" and "400" in
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>:
    /// 502 covers a function's error, its timeout, a bad or too large answer, and throttling.
    fn failure(&self, failure: Failure) -> Response<Full<Bytes>> {
        page(match failure {
            Failure::BadRequest => StatusCode::BAD_REQUEST,
            Failure::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Failure::FunctionError | Failure::BadResponse | Failure::Throttled | Failure::ServiceError => {
                StatusCode::BAD_GATEWAY
            }
            Failure::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        })
    }

    /// It names itself unless the function's answer has a `Server`.
    fn label(&self, _request: &str, _trace: &str, response: &mut Response<Full<Bytes>>) {
        response.headers_mut().entry(SERVER).or_insert(HeaderValue::from_static("awselb/2.0"));
    }
}
