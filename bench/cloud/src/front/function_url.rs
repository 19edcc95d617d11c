//! A function URL without authorisation, in buffered mode, payload format 2.0.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, Method, Response, StatusCode};
use http_body_util::Full;
use uuid::Uuid;

use super::answer::{self, HeaderSource};
use super::event::{FrontRequest, Headers};
use super::invoke::{self, Failure, Format, json, label};
use super::{Front, Part, RunningFront, payload_v2};
use crate::endpoint::{Guard, Hosts};
use crate::lambda::{Function, PAYLOAD_BYTES};

/// Serves `function` behind a URL of its own.
///
/// # Errors
/// When no port is free.
pub async fn serve(function: Function) -> io::Result<Front> {
    invoke::serve(function, FunctionUrl).await
}

pub(super) struct FunctionUrl;

#[async_trait]
impl Part for FunctionUrl {
    async fn before_function(&self, function: &Function) -> Option<io::Result<Box<dyn RunningFront>>> {
        Some(Front::boxed(serve(function.clone()).await))
    }
}

/// Without authorisation the caller's account is anonymous. The URL's identifier is made up.
const EVENT: payload_v2::Rules = payload_v2::Rules {
    account: "anonymous",
    api: "localfunctionurl",
    decode_raw_path: false,
    headers: Headers { cookie: true, content_length: false },
};

const ANSWER: answer::Rules = answer::Rules {
    default_type: "application/json",
    inferred: true,
    headers: HeaderSource::Single,
    cookies: true,
    description: false,
    remapped: answer::REMAPPED,
};

impl Format for FunctionUrl {
    /// What Lambda takes.
    const REQUEST_BYTES: usize = PAYLOAD_BYTES;

    /// The longest timeout of a function: 15 minutes. The URL itself has none.
    const PATIENCE: Duration = Duration::from_secs(15 * 60 + 30);

    /// The invocation's own: <https://github.com/localstack/localstack>, `test_request_id_invoke_url`, held to AWS.
    const GUARD: Guard =
        Guard { hosts: Hosts::Front, forbidden: || json(StatusCode::FORBIDDEN, r#"{"Message":"Forbidden"}"#) };

    fn id(&self, invocation: Uuid) -> String {
        invocation.to_string()
    }

    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8> {
        payload_v2::event(request, &EVENT)
    }

    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>> {
        answer::response(payload, method, &ANSWER)
    }

    /// 429 is documented (<https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>), 502 with this
    /// text is reported (awsdocs/aws-lambda-developer-guide#430); the other bodies are assumed.
    fn failure(&self, failure: Failure) -> Response<Full<Bytes>> {
        match failure {
            Failure::BadRequest => json(StatusCode::BAD_REQUEST, r#"{"Message":"Bad Request"}"#),
            Failure::RequestTooLarge => {
                json(StatusCode::PAYLOAD_TOO_LARGE, r#"{"Message":"Request Entity Too Large"}"#)
            }
            Failure::FunctionError | Failure::BadResponse => json(StatusCode::BAD_GATEWAY, "Internal Server Error"),
            Failure::Throttled => json(StatusCode::TOO_MANY_REQUESTS, r#"{"Message":"Rate Exceeded."}"#),
            Failure::ServiceError => json(StatusCode::INTERNAL_SERVER_ERROR, r#"{"Message":"Internal Server Error"}"#),
            Failure::TimedOut => json(StatusCode::GATEWAY_TIMEOUT, r#"{"Message":"Gateway Timeout"}"#),
        }
    }

    fn label(&self, request: &str, trace: &str, response: &mut Response<Full<Bytes>>) {
        label(response, HeaderName::from_static("x-amzn-requestid"), request);
        label(response, HeaderName::from_static("x-amzn-trace-id"), trace);
    }
}
