//! The Runtime API of one environment: `/2018-06-01/runtime/…`.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>; bodies and codes of refusals as in AWS's
//! own `rapi/rendering` of aws-lambda-runtime-interface-emulator.

use std::{io, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use uuid::Uuid;

use super::{
    exchange::{Delivery, Exchange, Next, Refusal, Reply},
    outcome::{FunctionError, RESPONSE_BYTES, error_body},
};
use crate::body::{BodyError, read_body};
use crate::endpoint::{Endpoint, Http};

const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ACCEPTED: Bytes = Bytes::from_static(b"{\"status\":\"OK\"}\n");

/// Serves the Runtime API of one environment. `arn` is told with every invocation.
pub(super) async fn serve(exchange: Arc<Exchange>, arn: HeaderValue) -> io::Result<Endpoint> {
    let shared = Arc::new((exchange, arn));
    Endpoint::serve(Http { date: false, ..Http::DOOR }, move |_peer, request| {
        let shared = Arc::clone(&shared);
        async move { route(&shared.0, &shared.1, request).await }
    })
    .await
}

async fn route(exchange: &Exchange, arn: &HeaderValue, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let Some(path) = head.uri.path().strip_prefix("/2018-06-01/runtime/") else {
        return refuse(StatusCode::NOT_FOUND, "NotFound", "no such path");
    };
    match (&head.method, path, path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'))) {
        (&Method::GET, "invocation/next", _) => next(exchange, arn).await,
        (&Method::POST, "init/error", _) => init_error(exchange, &head.headers, body).await,
        (&Method::POST, _, Some((id, "response"))) => response(exchange, id, &head.headers, body).await,
        (&Method::POST, _, Some((id, "error"))) => error(exchange, id, &head.headers, body).await,
        _ => refuse(StatusCode::NOT_FOUND, "NotFound", "no such path"),
    }
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

async fn response(exchange: &Exchange, id: &str, headers: &HeaderMap, body: Incoming) -> Response<Full<Bytes>> {
    let Some(request) = running(exchange, id) else { return refused(Refusal::InvalidRequestId) };
    let streaming = match headers.get(RESPONSE_MODE).map(HeaderValue::as_bytes) {
        None => false,
        Some(b"streaming") => true,
        Some(_) => {
            let error = FunctionError::plain("Runtime.InvalidResponseModeHeader", String::new());
            let _late = exchange.reply(request, Reply::Error(error));
            let message = "Invalid function response mode";
            return refuse(StatusCode::BAD_REQUEST, "InvalidFunctionResponseMode", message);
        }
    };
    let read =
        if streaming { read_stream(body).await } else { read_body(body, RESPONSE_BYTES).await.map(Reply::Response) };
    let (reply, answer) = match read {
        Ok(reply) => (reply, accepted()),
        Err(BodyError::TooLarge(bytes)) => {
            let message = format!(
                "Response payload size ({bytes} bytes) exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes)."
            );
            let answer = format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes).");
            let answer = refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &answer);
            (Reply::Error(FunctionError::plain("Function.ResponseSizeTooLarge", message)), answer)
        }
        Err(BodyError::Truncated) => {
            let message = "HTTP request detected as truncated";
            let error = FunctionError::plain("Runtime.TruncatedResponse", message.into());
            (Reply::Error(error), refuse(StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", message))
        }
    };
    exchange.reply(request, reply).map_or_else(refused, |()| answer)
}

/// A streamed answer is gathered, as Lambda does for an invocation in buffered mode; an error in its trailers
/// makes it a failure.
async fn read_stream(mut body: Incoming) -> Result<Reply, BodyError> {
    let mut gathered = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Truncated)?;
        if let Some(data) = frame.data_ref() {
            if gathered.len() + data.len() > RESPONSE_BYTES {
                return Err(BodyError::TooLarge(gathered.len() + data.len()));
            }
            gathered.extend_from_slice(data);
        } else if let Some(kind) = frame.trailers_ref().and_then(|trailers| trailers.get(ERROR_TYPE)) {
            return Ok(Reply::Error(FunctionError::reported(kind.to_str().ok(), Bytes::new())));
        }
    }
    Ok(Reply::Response(gathered.into()))
}

async fn error(exchange: &Exchange, id: &str, headers: &HeaderMap, body: Incoming) -> Response<Full<Bytes>> {
    let Some(request) = running(exchange, id) else { return refused(Refusal::InvalidRequestId) };
    match read_error(headers, body).await {
        Ok(error) => exchange.reply(request, Reply::Error(error)).map_or_else(refused, |()| accepted()),
        Err(answer) => answer,
    }
}

async fn init_error(exchange: &Exchange, headers: &HeaderMap, body: Incoming) -> Response<Full<Bytes>> {
    match read_error(headers, body).await {
        Ok(error) => exchange.fail_init(error).map_or_else(refused, |()| accepted()),
        Err(answer) => answer,
    }
}

async fn read_error(headers: &HeaderMap, body: Incoming) -> Result<FunctionError, Response<Full<Bytes>>> {
    let kind = headers.get(ERROR_TYPE).and_then(|kind| kind.to_str().ok());
    match read_body(body, RESPONSE_BYTES).await {
        Ok(payload) => Ok(FunctionError::reported(kind, payload)),
        Err(_) => {
            let message = format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes).");
            Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message))
        }
    }
}

/// The request id in a path, if it is what the environment works on.
fn running(exchange: &Exchange, id: &str) -> Option<Uuid> {
    let request = Uuid::try_parse(id).ok()?;
    exchange.is_running(request).then_some(request)
}

fn accepted() -> Response<Full<Bytes>> {
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
