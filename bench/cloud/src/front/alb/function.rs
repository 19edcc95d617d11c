//! The load balancer with a Lambda target group, without multi-value headers.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use http_body_util::Full;

use super::page::page;
use crate::{
    front::{
        Front, FrontError,
        event::{Json, headers, last_value, query_pairs},
        invoke::{self, Failure, Format, FrontRequest},
        response::FunctionAnswer,
    },
    lambda::Function,
};

/// Serves `function` behind a load balancer.
pub async fn serve(function: Function) -> Result<Front, FrontError> {
    Ok(invoke::serve(function, Alb).await?)
}

struct Alb;

/// Requests' bodies and functions' answers: 1 MB each.
const MOST_BYTES: usize = 1024 * 1024;

/// The target group is made up.
const CONTEXT: &str = concat!(
    r#"{"requestContext":{"elb":{"targetGroupArn":"#,
    r#""arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/local/0123456789abcdef"}}"#
);

impl Format for Alb {
    const REQUEST_BYTES: usize = MOST_BYTES;

    /// The longest timeout of a function: it is Lambda that bounds the wait.
    const PATIENCE: Duration = Duration::from_secs(15 * 60 + 30);

    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8> {
        let uri = &request.head.uri;
        let mut json = Json::new(request.body.len() * 4 / 3);
        json.raw(CONTEXT).raw(r#","httpMethod":"#).string(request.head.method.as_str());
        json.raw(r#","path":"#).string(uri.path());
        json.raw(r#","queryStringParameters":{"#).members(last_pairs(uri.query().unwrap_or(""))).raw("}");
        json.raw(r#","headers":{"#).members(headers(request, last_value, None)).raw("},");
        json.body(&request.head.headers, request.body).raw("}");
        json.done()
    }

    /// `statusCode` is required; cookies are headers like others.
    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>> {
        if payload.len() > MOST_BYTES {
            return None;
        }
        let answer: FunctionAnswer = serde_json::from_slice(payload).ok()?;
        answer.into_response(method, "application/octet-stream", false)
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
}

/// Not decoded, as the load balancer leaves them; of a name that comes several times, the last.
fn last_pairs(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    for (name, value) in query_pairs(query) {
        match pairs.iter_mut().find(|(other, _)| other == name) {
            Some((_, before)) => *before = value.into(),
            None => pairs.push((name.into(), value.into())),
        }
    }
    pairs
}
