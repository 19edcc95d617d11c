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
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, ORIGIN};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Body as _;
use hyper::service::service_fn;

use super::capacity::Operation;
use super::streams;
use crate::body::read_body;
use crate::endpoint::{Endpoint, Guard, Http, RequestBody};
use crate::front::{Target, TargetBody, TargetFailure, TargetGroup};
use crate::metered::Meter;

/// How long an operation may take, its request's body included: everything is in memory.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest request, in bytes: a batch of 16 MB.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
const REQUEST_BYTES: usize = 16 * 1024 * 1024;

type Body = Either<TargetBody, Full<Bytes>>;

struct Gate {
    behind: Arc<TargetGroup>,
    database: Database,
    /// Where what is charged is counted.
    meter: Option<Arc<Meter>>,
}

/// The checksum of an answer's body.
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");

/// Opens the endpoint before the dynoxide that listens at `behind`.
pub(super) async fn open(behind: SocketAddr, database: Database, meter: Option<Arc<Meter>>) -> io::Result<Endpoint> {
    let behind = Arc::new(TargetGroup::new(Target::fixed(behind), PATIENCE));
    let gate = Arc::new(Gate { behind, database, meter });
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
    let mut counted = None;
    if let Some(meter) = gate.meter.clone() {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).map(str::to_owned);
        let (mut head, body) = request.into_parts();
        let Ok(body) = read_body(body, REQUEST_BYTES).await else { return Ok(unreadable().map(Either::Right)) };
        let operation = target.and_then(|target| Operation::read(&target, &body));
        let body = operation.as_ref().map_or(body, Operation::body);
        head.headers.insert(CONTENT_LENGTH, body.len().into());
        request = Request::from_parts(head, RequestBody::whole(body));
        counted = operation.map(|operation| (operation, meter));
    }
    Ok(match gate.behind.send(request).await {
        Ok(response) if counted.is_some() => {
            let (mut head, body) = response.into_parts();
            let Ok(body) = body.collect().await else { return Ok(unreadable().map(Either::Right)) };
            let answer = counted.map_or_else(Bytes::new, |(operation, meter)| {
                operation.counted(head.status, body.to_bytes(), &gate.database, &meter)
            });
            head.headers.insert(CONTENT_LENGTH, answer.len().into());
            head.headers.remove(CRC32);
            Response::from_parts(head, Either::Right(Full::from(answer)))
        }
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
