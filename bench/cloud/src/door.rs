//! A door before an endpoint: it passes every request on as it is, after the delays that the request must feel.
//!
//! One deployment's own, so that its delays are its own too. Each connection waits by itself: callers wait side by
//! side. It must not change a request (S3's are signed) and must not know what an answer means.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::{Either, Empty};
use hyper::service::service_fn;

use crate::endpoint::{Endpoint, Http, RequestBody};
use crate::front::{Target, TargetBody, TargetGroup};
use crate::profile::sleep;

/// How long the endpoint may take to begin its answer: longer than any front here waits for a service.
const PATIENCE: Duration = Duration::from_secs(16 * 60);

/// A door that is open.
#[derive(Debug)]
pub(crate) struct Door {
    endpoint: Endpoint,
}

impl Door {
    /// Opens one on a free port before `target`. `delay` computes how long a request waits; it gets what it noted
    /// of the connection's request before, nothing at the first.
    pub(crate) async fn open<D>(target: Target, delay: D) -> io::Result<Self>
    where
        D: Fn(&mut Option<Instant>, &Parts) -> Duration + Send + Sync + 'static,
    {
        let shared = Arc::new((Arc::new(TargetGroup::new(target, PATIENCE)), delay));
        let endpoint = Endpoint::start(move |stream, _peer, stop| {
            let shared = Arc::clone(&shared);
            let before = Mutex::new(None);
            let answer = service_fn(move |request: Request<RequestBody>| {
                let (head, body) = request.into_parts();
                let delay = shared.1(&mut before.lock().unwrap_or_else(PoisonError::into_inner), &head);
                pass(Arc::clone(&shared.0), delay, Request::from_parts(head, body))
            });
            Http { date: false, half_close: true, ..Http::DOOR }.serve(stream, answer, stop)
        })
        .await?;
        Ok(Self { endpoint })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        self.endpoint.url()
    }

    /// Takes no new requests, lets those under way end (bounded), and closes.
    pub(crate) async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}

async fn pass(
    targets: Arc<TargetGroup>,
    delay: Duration,
    mut request: Request<RequestBody>,
) -> Result<Response<Either<TargetBody, Empty<Bytes>>>, Infallible> {
    sleep(delay).await;
    *request.version_mut() = Version::HTTP_11;
    Ok(match targets.send(request).await {
        Ok(response) => response.map(Either::Left),
        Err(failure) => {
            tracing::debug!(%failure, "nothing answers behind the door");
            let mut failed = Response::new(Either::Right(Empty::new()));
            *failed.status_mut() = StatusCode::BAD_GATEWAY;
            failed.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            failed
        }
    })
}
