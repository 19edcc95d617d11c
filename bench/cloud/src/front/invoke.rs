//! A request through a front to a function and back: what all fronts of functions do alike.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use tokio::time::timeout;
use uuid::Uuid;

use super::Front;
use super::event::FrontRequest;
use crate::body::{BodyError, read_body};
use crate::endpoint::{Endpoint, Guard, Hosts, Http, RequestBody};
use crate::lambda::{Call, Function, Outcome, new_trace_root, runtime_trace};

/// What a front makes of requests, answers and failures.
pub(super) trait Format: Send + Sync + 'static {
    /// The largest body of a request, in bytes.
    const REQUEST_BYTES: usize;

    /// How long it waits for the function.
    const PATIENCE: Duration;

    /// Who is answered.
    const GUARD: Guard =
        Guard { hosts: Hosts::Front, forbidden: || json(StatusCode::FORBIDDEN, r#"{"message":"Forbidden"}"#) };

    /// Its own identifier of the request that becomes this invocation.
    fn id(&self, invocation: Uuid) -> String;

    /// `X-Amzn-Trace-Id` in the event: the caller's, or a new root.
    fn trace(&self, received: Option<&str>) -> String {
        received.map_or_else(new_trace_root, str::to_owned)
    }

    /// The function's event.
    fn event(&self, request: &FrontRequest<'_>) -> Vec<u8>;

    /// The response that the function's answer describes; `None` if it describes none.
    fn answer(&self, payload: &[u8], method: &Method) -> Option<Response<Full<Bytes>>>;

    /// What the caller gets when there is no answer.
    fn failure(&self, failure: Failure) -> Response<Full<Bytes>>;

    /// Adds the front's own headers to any response.
    fn label(&self, request: &str, trace: &str, response: &mut Response<Full<Bytes>>);
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

/// Adds a header of the front's own.
pub(super) fn label(response: &mut Response<Full<Bytes>>, name: HeaderName, value: &str) {
    // A trace that came in as a header, or digits and letters of our own.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Serves `function` behind a front of this format.
pub(super) async fn serve<F: Format>(function: Function, format: F) -> io::Result<Front> {
    let shared = Arc::new((function, format));
    // A caller that has closed its sending side still gets its answer.
    let http = Http { half_close: true, guard: F::GUARD, ..Http::DOOR };
    let endpoint = Endpoint::serve(http, move |peer, request| {
        let shared = Arc::clone(&shared);
        async move {
            let (function, format) = &*shared;
            answer(function, format, peer, request).await
        }
    });
    Ok(Front::new(endpoint.await?))
}

async fn answer<F: Format>(
    function: &Function,
    format: &F,
    peer: SocketAddr,
    request: Request<RequestBody>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let invocation = Uuid::new_v4();
    let id = format.id(invocation);
    let received = head.headers.get("x-amzn-trace-id").and_then(|trace| trace.to_str().ok());
    let trace = format.trace(received);
    let answered = async {
        let body = read_body(body, F::REQUEST_BYTES).await.map_err(|error| match error {
            BodyError::TooLarge(_) => Failure::RequestTooLarge,
            BodyError::Truncated => Failure::BadRequest,
        })?;
        let payload = format.event(&FrontRequest { head: &head, body: &body, peer, id: &id, trace: &trace });
        let call = Call {
            payload: payload.into(),
            request_id: Some(invocation),
            trace: Some(runtime_trace(&trace).into()),
            ..Call::default()
        };
        outcome(format, &head.method, timeout(F::PATIENCE, function.call(call))).await
    };
    let mut response = answered.await.unwrap_or_else(|failure| format.failure(failure));
    format.label(&id, &trace, &mut response);
    response
}

async fn outcome<F: Format>(
    format: &F,
    method: &Method,
    call: impl Future<Output = Result<crate::lambda::Invoked, tokio::time::error::Elapsed>>,
) -> Result<Response<Full<Bytes>>, Failure> {
    match call.await.map_err(|_elapsed| Failure::TimedOut)?.outcome {
        Outcome::Success(payload) => format.answer(&payload, method).ok_or(Failure::BadResponse),
        Outcome::FunctionError(_) => Err(Failure::FunctionError),
        Outcome::Throttled(_) => Err(Failure::Throttled),
        Outcome::PayloadTooLarge { .. } => Err(Failure::RequestTooLarge),
        Outcome::ServiceError(_) => Err(Failure::ServiceError),
    }
}
