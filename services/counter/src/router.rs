//! The app as a value: routes, the time a store may take, the log line of a failure. Must not
//! know which store it has, nor open a socket. The bytes are in `response`.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use tower_service::Service;

use crate::{Store, StoreError, response};

/// The longest that a caller waits for a number: longer than the slowest store's own bound
/// (10 s of rounds on one S3 key), shorter than what waits in front (HTTP API 30 s, ALB 60 s).
const HIT_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest that a health check waits: what a balancer gives one by default (5 s).
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// The counter as a service that any host can call. Three routes are a `match`: `axum::Router`
/// in its place costs some 2 µs of CPU a request, a fifth of what bare hyper needs in all.
#[derive(Debug)]
pub struct Router<S> {
    store: Arc<S>,
}

/// The counter over `store`: `GET /`, `GET|POST /hits`, `GET /healthz`, and
/// `application/problem+json` for everything else. Each response ends in bounded time,
/// whatever the store does.
pub fn router<S: Store>(store: S) -> Router<S> {
    Router { store: Arc::new(store) }
}

impl<S> Clone for Router<S> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store) }
    }
}

impl<S: Store, B> Service<Request<B>> for Router<S> {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let store = Arc::clone(&self.store);
        // No request has a body that matters.
        let (head, _) = request.into_parts();
        Box::pin(async move {
            let response = answer(&*store, &head.method, head.uri.path()).await;
            Ok(if head.method == Method::HEAD { without_body(response) } else { response })
        })
    }
}

async fn answer(store: &impl Store, method: &Method, path: &str) -> Response<Full<Bytes>> {
    match (path, method) {
        ("/hits", &Method::GET | &Method::POST) => hits(store).await,
        // HEAD too: it would use up a number.
        ("/hits", _) => response::method_not_allowed("GET, POST"),
        ("/healthz", &Method::GET | &Method::HEAD) => healthz(store).await,
        ("/", &Method::GET | &Method::HEAD) => response::page(),
        ("/" | "/healthz", _) => response::method_not_allowed("GET, HEAD"),
        _ => response::problem(StatusCode::NOT_FOUND),
    }
}

/// The answer to a HEAD tells the length of what it leaves out.
fn without_body(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let left_out = std::mem::take(response.body_mut()).into_inner();
    let length = left_out.map_or(0, |body| body.len());
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

async fn hits(store: &impl Store) -> Response<Full<Bytes>> {
    match tokio::time::timeout(HIT_TIMEOUT, store.add(1)).await {
        Ok(Ok(count)) => response::count(count),
        Ok(Err(error)) => {
            log("no number", &error);
            response::problem(response::status(&error))
        }
        Err(_elapsed) => {
            tracing::error!("no number: the store took longer than {HIT_TIMEOUT:?}");
            response::problem(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

async fn healthz(store: &impl Store) -> Response<Full<Bytes>> {
    let checked = tokio::time::timeout(HEALTH_TIMEOUT, store.add(0)).await;
    match &checked {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => log("unhealthy", error),
        Err(_elapsed) => {
            tracing::error!("unhealthy: the store took longer than {HEALTH_TIMEOUT:?}");
        }
    }
    response::health(matches!(checked, Ok(Ok(_))))
}

/// One line with the whole chain: the client is told none of it.
fn log(what: &str, error: &StoreError) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        chain += ": ";
        chain += &error.to_string();
        source = error.source();
    }
    tracing::error!("{what}: {chain}");
}
