//! The loop over Lambda's Runtime API, over AWS's own client of it. The loop of `lambda_runtime` sets
//! `_X_AMZN_TRACE_ID` for each call, which glibc keeps for ever: 143 bytes a call
//! (`findings/lambda-runtime-trace-id-grows.sh`). Nothing here reads that variable. Must not know routes.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::convert::Infallible;
use std::time::Duration;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri, uri::PathAndQuery};
use http_body_util::{BodyExt, Limited};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, PooledClient, build_request};
use serde::Serialize;

const NEXT: &str = "/2018-06-01/runtime/invocation/next";
const REQUEST_ID: &str = "lambda-runtime-aws-request-id";
/// Where Lambda sends it, it is sent back, as `lambda_runtime` does.
const INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
const FAILED: &str = "Function.Failed";

/// An event has 6 MB at most, which JSON's escapes do not count towards, in bytes:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const LONGEST_EVENT: usize = 32 << 20;
/// The Runtime API is on the same machine, and takes an answer at once.
const POST_TIMEOUT: Duration = Duration::from_secs(10);

/// An invocation's error, as the Runtime API takes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    error_type: &'static str,
    error_message: String,
}

/// Invokes `answer` with each event until the Runtime API fails. An error of `answer` is its invocation's.
pub(crate) async fn run<A: Serialize>(
    api: Uri,
    answer: impl AsyncFn(&[u8]) -> Result<A, BoxError>,
) -> Result<Infallible, BoxError> {
    let client = PooledClient::builder().with_endpoint(api).with_pool_size(1).build();
    loop {
        // Answered once there is work: no bound.
        let next = build_request().method(Method::GET).uri(NEXT).body(Body::empty())?;
        let (parts, body) = client.call(next).await?.into_parts();
        let event = Limited::new(body, LONGEST_EVENT).collect().await?.to_bytes();
        if !parts.status.is_success() {
            return Err(format!("the Runtime API answered {} instead of an event", parts.status).into());
        }
        let (kind, body) = match answer(&event).await {
            Ok(answer) => ("response", serde_json::to_vec(&answer)?),
            Err(error) => {
                tracing::error!("the invocation failed: {error}");
                ("error", serde_json::to_vec(&Failure { error_type: FAILED, error_message: error.to_string() })?)
            }
        };
        post(&client, &parts.headers, kind, body).await?;
    }
}

/// Posts the invocation's outcome. A refusal is logged alone: the invocation has timed out, most likely, and there is
/// more work.
async fn post(client: &PooledClient, invocation: &HeaderMap, kind: &str, body: Vec<u8>) -> Result<(), BoxError> {
    let id = invocation.get(REQUEST_ID).ok_or("the Runtime API sent an event without a request ID")?.to_str()?;
    let path: PathAndQuery = format!("/2018-06-01/runtime/invocation/{id}/{kind}").parse()?;
    let mut post = build_request().method(Method::POST).uri(Uri::from(path)).body(Body::from(body))?;
    if let Some(id) = invocation.get(&INVOCATION_ID) {
        post.headers_mut().insert(INVOCATION_ID, id.clone());
    }
    if kind == "error" {
        post.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(FAILED));
    }
    let taken = tokio::time::timeout(POST_TIMEOUT, async {
        let (parts, body) = client.call(post).await?.into_parts();
        // Read to its end, so that the connection is used again.
        body.collect().await?;
        Ok::<_, BoxError>(parts.status)
    });
    let status =
        taken.await.map_err(|_| format!("the Runtime API did not take an answer within {POST_TIMEOUT:?}"))??;
    if !status.is_success() {
        tracing::error!("the Runtime API refused the invocation's {kind}: {status}");
    }
    Ok(())
}
