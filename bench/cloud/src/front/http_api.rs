//! API Gateway's HTTP API with a Lambda proxy integration, payload format 2.0, `$default` route and stage.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use http_body_util::Full;

use super::{
    Front, FrontError,
    invoke::{self, Failure, Format, FrontRequest, json},
    payload_v2,
};
use crate::lambda::Function;

/// Serves `function` behind an HTTP API.
pub async fn serve(function: Function) -> Result<Front, FrontError> {
    Ok(invoke::serve(function, HttpApi).await?)
}

struct HttpApi;

/// The account and the API are made up.
const IDENTITY: &str = r#""accountId":"123456789012","apiId":"localhttpapi","domainPrefix":"localhttpapi""#;

impl Format for HttpApi {
    /// 10 MB. <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
    const REQUEST_BYTES: usize = 10 * 1024 * 1024;

    /// 30 s, same source.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8> {
        payload_v2::event(request, IDENTITY)
    }

    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>> {
        payload_v2::answer(payload, method, "text/plain;charset=UTF-8")
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
}
