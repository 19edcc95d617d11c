//! What a request's body is read for: a connection that is closed with unread bytes is reset, and the reset may reach the
//! client before the answer does. Must not keep what it reads: the counter needs none of it.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

/// The longest body that is read: what a balancer takes for a function,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>.
const LONGEST: u64 = 1 << 20;
/// The time in which it must arrive.
const TIME: Duration = Duration::from_secs(30);
/// How long the rest of what was refused is read, for its sender to see the refusal: nginx's `lingering_timeout`.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

/// Reads `body` to its end, or gives the answer that refuses it, after which the connection ends.
pub(crate) async fn drain(mut body: Incoming) -> Result<(), Response<Body>> {
    let mut bytes = body.size_hint().lower();
    let read = timeout(TIME, async {
        if bytes > LONGEST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        bytes = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            if bytes > LONGEST {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
        }
        Ok(())
    });
    match read.await.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT)) {
        Ok(()) => Ok(()),
        // As hyper's own answer to a head that is not HTTP.
        Err(StatusCode::BAD_REQUEST) => Err(last(bad_request())),
        Err(status) => {
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                tokio::spawn(linger(body));
            }
            Err(last(counter::problem(status)))
        }
    }
}

/// A 400 without a body, as hyper answers a head that is not HTTP.
pub(crate) fn bad_request() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    last(response)
}

/// `response`, and the end of its connection.
pub(crate) fn last(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// While it reads, hyper keeps the connection: the answer goes out meanwhile.
async fn linger(mut body: Incoming) {
    _ = timeout(LINGER, async { while let Some(Ok(_)) = body.frame().await {} }).await;
}
