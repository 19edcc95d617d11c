//! The endpoint before dynoxide: who is answered, for how long, and which operations are answered here.
//!
//! It must not change what an operation means but where dynoxide's answer is of no use to an SDK.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dynoxide::Database;
use http::header::{CONTENT_TYPE, ORIGIN};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{Either, Full};
use hyper::body::Body as _;
use hyper::service::service_fn;

use super::streams;
use crate::body::read_body;
use crate::endpoint::{Endpoint, Guard, Http, RequestBody};
use crate::front::{Target, TargetBody, TargetFailure, TargetGroup};

/// How long an operation may take, its request's body included: everything is in memory.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest request, in bytes: a batch of 16 MB.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
const REQUEST_BYTES: usize = 16 * 1024 * 1024;

type Body = Either<TargetBody, Full<Bytes>>;

struct Gate {
    behind: Arc<TargetGroup>,
    database: Database,
}

/// Opens the endpoint before the dynoxide that listens at `behind`.
pub(super) async fn open(behind: SocketAddr, database: Database) -> io::Result<Endpoint> {
    let gate = Arc::new(Gate { behind: Arc::new(TargetGroup::new(Target::fixed(behind), PATIENCE)), database });
    let guard = Guard { forbidden, ..Guard::PLAIN };
    Endpoint::start(move |stream, _peer, stop| {
        let gate = Arc::clone(&gate);
        let answer = service_fn(move |request| answer(Arc::clone(&gate), request));
        Http { guard, half_close: true, ..Http::DOOR }.serve(stream, answer, stop)
    })
    .await
}

async fn answer(gate: Arc<Gate>, mut request: Request<RequestBody>) -> Result<Response<Body>, Infallible> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    if let Some(operation) = target.and_then(streams::Operation::named) {
        let answered = match read_body(request.into_body(), REQUEST_BYTES).await {
            Ok(body) => operation.answer(&gate.database, &body),
            Err(_) => unreadable(),
        };
        return Ok(answered.map(Either::Right));
    }
    if let Some(refused) = unfit(&request) {
        return Ok(refused.map(Either::Right));
    }
    *request.version_mut() = Version::HTTP_11;
    // A page of this origin only gets here; dynoxide would permit every other one, too.
    request.headers_mut().remove(ORIGIN);
    Ok(match gate.behind.send(request).await {
        Ok(response) => response.map(Either::Left),
        Err(TargetFailure::RequestBody(_)) => unreadable().map(Either::Right),
        Err(failure) => {
            tracing::warn!(%failure, "dynoxide does not answer");
            let name = "com.amazonaws.dynamodb.v20120810#InternalServerError";
            error(StatusCode::INTERNAL_SERVER_ERROR, name, "The request processing has failed.").map(Either::Right)
        }
    })
}

/// The refusal of a request that dynoxide would answer before it has read it: another path, a body that is too large or
/// of a size that nobody knows.
fn unfit(request: &Request<RequestBody>) -> Option<Response<Full<Bytes>>> {
    if request.uri().path() != "/" {
        let mut unknown = Response::new(Full::from("<UnknownOperationException/>\n"));
        *unknown.status_mut() = StatusCode::NOT_FOUND;
        return Some(unknown);
    }
    let name = "com.amazon.coral.service#SerializationException";
    match request.body().size_hint().exact() {
        None => Some(error(StatusCode::LENGTH_REQUIRED, name, "A request needs a Content-Length")),
        Some(size) if size > REQUEST_BYTES as u64 => {
            Some(error(StatusCode::PAYLOAD_TOO_LARGE, name, "A request has at most 16 MB"))
        }
        Some(_) => None,
    }
}

/// The refusal of a body that ends before its end, as of one that is not JSON.
fn unreadable() -> Response<Full<Bytes>> {
    error(StatusCode::BAD_REQUEST, "com.amazon.coral.service#SerializationException", "")
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

/// An error in DynamoDB's form.
pub(super) fn error(status: StatusCode, name: &str, message: &str) -> Response<Full<Bytes>> {
    json(status, serde_json::json!({ "__type": name, "message": message }).to_string())
}

fn forbidden() -> Response<Full<Bytes>> {
    let message = "only programs on this machine are answered: Host and Origin are another's";
    error(StatusCode::FORBIDDEN, "com.amazon.coral.service#AccessDeniedException", message)
}
