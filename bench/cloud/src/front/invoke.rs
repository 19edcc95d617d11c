//! A request through a front to a function and back: what all fronts of functions do alike.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::Front;
use crate::{
    body::{BodyError, read_body},
    endpoint::{Endpoint, Http},
    lambda::{Call, Function, Outcome, new_trace_id},
};

/// What a front makes of requests, answers and failures.
pub(super) trait Format: Send + Sync + 'static {
    /// The largest body of a request, in bytes.
    const REQUEST_BYTES: usize;

    /// How long it waits for the function.
    const PATIENCE: Duration;

    /// The function's event.
    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8>;

    /// What the function's answer says; `None` if it can't be read.
    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>>;

    /// What the caller gets when there is no answer.
    fn failure(&self, failure: Failure) -> Response<Full<Bytes>>;
}

/// A request, read whole.
pub(super) struct FrontRequest<'a> {
    pub(super) head: &'a Parts,
    pub(super) body: &'a [u8],
    pub(super) peer: SocketAddr,
    /// The port the front listens on is the peer's business: it is in `Host`.
    pub(super) trace: &'a str,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The request can't be read.
    BadRequest,
    /// The request is larger than the front or Lambda takes.
    RequestTooLarge,
    /// The function failed, in whatever way.
    FunctionError,
    /// The function's answer isn't what the front understands.
    BadResponse,
    /// Reserved or account concurrency is used up.
    Throttled,
    /// Lambda failed.
    ServiceError,
    /// The function took longer than the front waits.
    TimedOut,
}

/// An answer of the front's own, in JSON.
pub(super) fn json(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Serves `function` behind a front of this format.
pub(super) async fn serve<F: Format>(function: Function, format: F) -> io::Result<Front> {
    let shared = Arc::new((function, format));
    let endpoint = Endpoint::serve(Http::DOOR, move |peer, request| {
        let shared = Arc::clone(&shared);
        async move {
            let (function, format) = &*shared;
            answer(function, format, peer, request).await.unwrap_or_else(|failure| format.failure(failure))
        }
    });
    Ok(Front::new(endpoint.await?))
}

async fn answer<F: Format>(
    function: &Function,
    format: &F,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Failure> {
    let (head, body) = request.into_parts();
    let body = read_body(body, F::REQUEST_BYTES).await.map_err(|error| match error {
        BodyError::TooLarge(_) => Failure::RequestTooLarge,
        BodyError::Truncated => Failure::BadRequest,
    })?;
    let trace = head.headers.get("x-amzn-trace-id").and_then(|trace| trace.to_str().ok());
    let trace = trace.map_or_else(new_trace_id, str::to_owned);
    let payload = format.event(&FrontRequest { head: &head, body: &body, peer, trace: &trace });
    let call = Call { payload: payload.into(), trace: Some(trace.into()), ..Call::default() };
    let invoked = timeout(F::PATIENCE, function.call(call)).await.map_err(|_| Failure::TimedOut)?;
    match invoked.outcome {
        Outcome::Success(payload) => format.answer(&payload, &head.method).ok_or(Failure::BadResponse),
        Outcome::FunctionError(_) => Err(Failure::FunctionError),
        Outcome::Throttled(_) => Err(Failure::Throttled),
        Outcome::PayloadTooLarge { .. } => Err(Failure::RequestTooLarge),
        Outcome::ServiceError(_) => Err(Failure::ServiceError),
    }
}
