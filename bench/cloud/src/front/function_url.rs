//! A function URL without authorisation, in buffered mode, payload format 2.0.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use http_body_util::Full;

use super::{
    Front, FrontError,
    invoke::{self, Failure, Format, FrontRequest, json},
    payload_v2,
};
use crate::lambda::{Function, PAYLOAD_BYTES};

/// Serves `function` behind a URL of its own.
pub async fn serve(function: Function) -> Result<Front, FrontError> {
    Ok(invoke::serve(function, FunctionUrl).await?)
}

struct FunctionUrl;

/// Without authorisation the caller's account is anonymous.
const IDENTITY: &str = r#""accountId":"anonymous","apiId":"localfunctionurl","domainPrefix":"localfunctionurl""#;

impl Format for FunctionUrl {
    /// What Lambda takes.
    const REQUEST_BYTES: usize = PAYLOAD_BYTES;

    /// The longest timeout of a function: 15 minutes. The URL itself has none.
    const PATIENCE: Duration = Duration::from_secs(15 * 60 + 30);

    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8> {
        payload_v2::event(request, IDENTITY)
    }

    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>> {
        payload_v2::answer(payload, method, "application/json")
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
}
