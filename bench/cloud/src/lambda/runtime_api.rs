//! The Runtime API of one environment: `/2018-06-01/runtime/…`.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>; bodies and codes of refusals as in AWS's
//! own `rapi/rendering` of aws-lambda-runtime-interface-emulator.

use std::{io, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use uuid::Uuid;

use super::{
    exchange::{Delivery, Exchange, Next, Refusal, Reply},
    extensions::Extensions,
    extensions_api,
    outcome::{FunctionError, RESPONSE_BYTES, error_body},
    stream::{Piece, STREAM_BYTES, Stream, too_large},
};
use crate::body::{BodyError, drain, read_body};
use crate::endpoint::{Endpoint, Http, RequestBody};

/// A runtime's connection has no request for as long as its handler runs: 15 min at most.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const IDLE: Duration = Duration::from_secs(16 * 60);

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
const ERROR_BODY: HeaderName = HeaderName::from_static("lambda-runtime-function-error-body");
const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ACCEPTED: Bytes = Bytes::from_static(b"{\"status\":\"OK\"}\n");

/// What an environment's APIs show of its function.
#[derive(Debug)]
pub(super) struct About {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) handler: String,
    pub(super) account: String,
    /// Part of every invocation.
    pub(super) arn: HeaderValue,
}

/// Serves the Runtime API and the Extensions API of one environment.
pub(super) async fn serve(exchange: Arc<Exchange>, extensions: Arc<Extensions>, about: About) -> io::Result<Endpoint> {
    let shared = Arc::new((exchange, extensions, about));
    // A runtime that closes its sending side while it waits has ended: its invocation is given to the next caller.
    Endpoint::serve(Http { date: false, idle: IDLE, ..Http::DOOR }, move |_peer, request| {
        let shared = Arc::clone(&shared);
        async move { route(&shared.0, &shared.1, &shared.2, request).await }
    })
    .await
}

async fn route(
    exchange: &Exchange,
    extensions: &Arc<Extensions>,
    about: &About,
    request: Request<RequestBody>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let Some(path) = head.uri.path().strip_prefix("/2018-06-01/runtime/") else {
        let fail = |kind: &str, name: &str| exchange.fail(|request| extension_failure(kind, name, request));
        return extensions_api::route(extensions, about, fail, &head, body).await;
    };
    match (&head.method, path, path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'))) {
        (&Method::GET, "invocation/next", _) => next(exchange, &about.arn).await,
        (&Method::POST, "init/error", _) => init_error(exchange, &head.headers, body).await,
        (&Method::POST, _, Some((id, "response"))) => response(exchange, id, &head.headers, body).await,
        (&Method::POST, _, Some((id, "error"))) => error(exchange, id, &head.headers, body).await,
        _ => {
            drain(body).await;
            refuse(StatusCode::NOT_FOUND, "NotFound", "there is no such path")
        }
    }
}

/// What the caller sees of an extension that failed.
pub(super) fn extension_failure(kind: &str, name: &str, request: Uuid) -> FunctionError {
    FunctionError::unhandled(kind, request, &format!("extension {name} failed"))
}

async fn next(exchange: &Exchange, arn: &HeaderValue) -> Response<Full<Bytes>> {
    let delivery = match exchange.next() {
        Ok(Next::Now(delivery)) => Ok(delivery),
        // It ends without a delivery when a newer `next` took its place, or the environment is over.
        Ok(Next::Later(given)) => given.await.map_err(|_| Refusal::InvalidStateTransition),
        Err(refusal) => Err(refusal),
    };
    match delivery {
        Ok(delivery) => deliver(delivery, arn),
        Err(refusal) => refused(refusal),
    }
}

fn deliver(delivery: Delivery, arn: &HeaderValue) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(delivery.payload));
    let headers = response.headers_mut();
    headers.reserve(6);
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(
        REQUEST_ID,
        ascii(Bytes::copy_from_slice(delivery.request.as_hyphenated().encode_lower(&mut [0; 36]).as_bytes())),
    );
    headers.insert(DEADLINE, HeaderValue::from(delivery.deadline_ms));
    headers.insert(ARN, arn.clone());
    headers.insert(TRACE, ascii(delivery.trace));
    if let Some(context) = delivery.client_context {
        headers.insert(CLIENT_CONTEXT, ascii(context));
    }
    response
}

async fn response(exchange: &Exchange, id: &str, headers: &HeaderMap, body: RequestBody) -> Response<Full<Bytes>> {
    let Some(request) = running(exchange, id) else {
        // Read all the same: a client that is still sending gets to read the refusal.
        drain(body).await;
        return refused(Refusal::InvalidRequestId);
    };
    match headers.get(RESPONSE_MODE).map(HeaderValue::as_bytes) {
        None => {}
        Some(b"streaming") => return stream(exchange, request, body).await,
        Some(_) => {
            drain(body).await;
            let error = FunctionError::plain("Runtime.InvalidResponseModeHeader", String::new());
            let _late = exchange.reply(request, Reply::Error(error));
            let message = "Invalid function response mode";
            return refuse(StatusCode::BAD_REQUEST, "InvalidFunctionResponseMode", message);
        }
    }
    let (reply, answer) = match read_body(body, RESPONSE_BYTES).await {
        Ok(payload) => (Reply::Response(payload), accepted()),
        Err(BodyError::TooLarge(bytes)) => {
            (Reply::Error(too_large(bytes, RESPONSE_BYTES)), refuse_too_large(RESPONSE_BYTES))
        }
        Err(BodyError::Truncated) => (Reply::Error(truncated()), refuse_truncated()),
    };
    exchange.reply(request, reply).map_or_else(refused, |()| answer)
}

/// Hands a streamed answer on while it comes. An error in its trailers makes it a failure, with the type, message and
/// stack that the runtime put there.
async fn stream(exchange: &Exchange, request: Uuid, mut body: RequestBody) -> Response<Full<Bytes>> {
    let (send, stream) = Stream::new();
    if let Err(refusal) = exchange.reply(request, Reply::Stream(stream)) {
        drain(body).await;
        return refused(refusal);
    }
    let (mut sent, mut failure) = (0, None);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let _caller_gone = send.send(Piece::Failed(truncated())).await;
            return refuse_truncated();
        };
        match frame.into_data() {
            Ok(data) => {
                sent += data.len();
                if sent > STREAM_BYTES {
                    let _caller_gone = send.send(Piece::Failed(too_large(sent, STREAM_BYTES))).await;
                    drain(body).await;
                    return refuse_too_large(STREAM_BYTES);
                }
                // A caller who took the stream whole may have given up on it: the rest is read and dropped.
                let _caller_gone = send.send(Piece::Data(data)).await;
            }
            Err(frame) => failure = frame.trailers_ref().and_then(stream_failure).or(failure),
        }
    }
    let _caller_gone = send.send(failure.map_or(Piece::End, Piece::Failed)).await;
    accepted()
}

/// The error in a stream's trailers; its body is base64.
fn stream_failure(trailers: &HeaderMap) -> Option<FunctionError> {
    let kind = trailers.get(ERROR_TYPE)?.to_str().ok();
    let body = trailers.get(ERROR_BODY).and_then(|body| BASE64_STANDARD.decode(body).ok()).unwrap_or_default();
    Some(FunctionError::reported(kind, body.into()))
}

fn truncated() -> FunctionError {
    FunctionError::plain("Runtime.TruncatedResponse", "HTTP request detected as truncated".into())
}

fn refuse_truncated() -> Response<Full<Bytes>> {
    refuse(StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", "HTTP request detected as truncated")
}

fn refuse_too_large(most: usize) -> Response<Full<Bytes>> {
    let message = format!("Exceeded maximum allowed payload size ({most} bytes).");
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

async fn error(exchange: &Exchange, id: &str, headers: &HeaderMap, body: RequestBody) -> Response<Full<Bytes>> {
    let Some(request) = running(exchange, id) else {
        drain(body).await;
        return refused(Refusal::InvalidRequestId);
    };
    match read_error(headers, body).await {
        Ok(error) => exchange.reply(request, Reply::Error(error)).map_or_else(refused, |()| accepted()),
        Err(answer) => answer,
    }
}

async fn init_error(exchange: &Exchange, headers: &HeaderMap, body: RequestBody) -> Response<Full<Bytes>> {
    match read_error(headers, body).await {
        Ok(error) => exchange.fail_init(error).map_or_else(refused, |()| accepted()),
        Err(answer) => answer,
    }
}

async fn read_error(headers: &HeaderMap, body: RequestBody) -> Result<FunctionError, Response<Full<Bytes>>> {
    let kind = headers.get(ERROR_TYPE).and_then(|kind| kind.to_str().ok());
    match read_body(body, RESPONSE_BYTES).await {
        Ok(payload) => Ok(FunctionError::reported(kind, payload)),
        Err(BodyError::TooLarge(_)) => Err(refuse_too_large(RESPONSE_BYTES)),
        Err(BodyError::Truncated) => Err(refuse_truncated()),
    }
}

/// The request id in a path, if it is what the environment works on.
fn running(exchange: &Exchange, id: &str) -> Option<Uuid> {
    let request = Uuid::try_parse(id).ok()?;
    exchange.is_running(request).then_some(request)
}

pub(super) fn accepted() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(ACCEPTED));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn refused(refusal: Refusal) -> Response<Full<Bytes>> {
    match refusal {
        Refusal::InvalidRequestId => refuse(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
        Refusal::InvalidStateTransition => {
            refuse(StatusCode::FORBIDDEN, "InvalidStateTransition", "State transition is not allowed")
        }
    }
}

fn refuse(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(error_body(error_type, message)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// Header values of our own making, or already accepted in a request; anything else is left out.
fn ascii(value: Bytes) -> HeaderValue {
    HeaderValue::from_maybe_shared(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}
