//! API Gateway's HTTP API with a Lambda proxy integration, payload format 2.0, `$default` route and stage.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, Method, Response, StatusCode};
use http_body_util::Full;
use uuid::Uuid;

use super::answer::{self, HeaderSource};
use super::event::{FrontRequest, Headers, gateway_id};
use super::invoke::{self, Failure, Format, json, label};
use super::{Front, Part, RunningFront, payload_v2};
use crate::lambda::Function;

/// Serves `function` behind an HTTP API.
///
/// # Errors
/// When no port is free.
pub async fn serve(function: Function) -> io::Result<Front> {
    invoke::serve(function, HttpApi).await
}

pub(super) struct HttpApi;

#[async_trait]
impl Part for HttpApi {
    async fn before_function(&self, function: &Function) -> Option<io::Result<Box<dyn RunningFront>>> {
        Some(Front::boxed(serve(function.clone()).await))
    }
}

/// The account and the API are made up.
const EVENT: payload_v2::Rules = payload_v2::Rules {
    account: "123456789012",
    api: "localhttpapi",
    decode_raw_path: true,
    headers: Headers { cookie: false, content_length: true },
};

const ANSWER: answer::Rules = answer::Rules {
    default_type: "text/plain; charset=utf-8",
    inferred: true,
    headers: HeaderSource::Single,
    cookies: true,
    description: false,
    remapped: &[],
};

impl Format for HttpApi {
    /// 10 MB. <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
    const REQUEST_BYTES: usize = 10 * 1024 * 1024;

    /// 30 s, same source.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn id(&self, _invocation: Uuid) -> String {
        gateway_id()
    }

    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8> {
        payload_v2::event(request, &EVENT)
    }

    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>> {
        answer::response(payload, method, &ANSWER)
    }

    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html> for
    /// 500. 503 is what users report for a timeout (anomalyco/sst#2232, serverless/serverless#11222) and for
    /// throttling; 413's body is assumed.
    fn failure(&self, failure: Failure) -> Response<Full<Bytes>> {
        match failure {
            Failure::BadRequest => json(StatusCode::BAD_REQUEST, r#"{"message":"Bad Request"}"#),
            Failure::RequestTooLarge => {
                json(StatusCode::PAYLOAD_TOO_LARGE, r#"{"message":"Request Entity Too Large"}"#)
            }
            Failure::FunctionError | Failure::BadResponse | Failure::ServiceError => {
                json(StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Internal Server Error"}"#)
            }
            Failure::Throttled | Failure::TimedOut => {
                json(StatusCode::SERVICE_UNAVAILABLE, r#"{"message":"Service Unavailable"}"#)
            }
        }
    }

    fn label(&self, request: &str, _trace: &str, response: &mut Response<Full<Bytes>>) {
        label(response, HeaderName::from_static("apigw-requestid"), request);
    }
}
