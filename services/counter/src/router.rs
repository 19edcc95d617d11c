//! The app as a value: routes, the time a store may take, what a failure logs. Must not
//! know which store it has, nor open a socket. The bytes are in `response`.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request, Response, StatusCode};
use axum::routing::{MethodRouter, get};
use tower_service::Service;

use crate::log::Log;
use crate::{Store, StoreError, response};

/// The longest that a caller waits for a number: longer than the slowest store's own bound
/// (10 s of rounds on one S3 key), shorter than what waits in front (HTTP API 30 s, ALB 60 s).
const HIT_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest that a readiness check waits: less than a Kubernetes probe is given.
const READY_TIMEOUT: Duration = Duration::from_secs(5);

/// The counter as a service that any host can call: an [`axum::Router`], and ahead of it the one
/// hot route. Through the router a hit costs some 2 µs of CPU more, a fifth of what bare hyper
/// needs in all (`cargo bench -p server`).
#[derive(Debug)]
pub struct Router<S> {
    counter: Arc<Counter<S>>,
    routes: axum::Router,
}

/// The store, and the lines of its failures.
#[derive(Debug)]
struct Counter<S> {
    store: S,
    hits: Log,
    readiness: Log,
}

/// The counter over `store`: `GET /`, `GET|POST /hits`, `GET /healthz` (the process answers), `GET /readyz` (and so
/// does the store), and `application/problem+json` for everything else. Each response ends in bounded time,
/// whatever the store does.
pub fn router<S: Store>(store: S) -> Router<S> {
    let counter = Arc::new(Counter { store, hits: Log::default(), readiness: Log::default() });
    let checked = Arc::clone(&counter);
    let readyz = get(async move || checked.readyz().await);
    let routes = axum::Router::new()
        .route("/", allowing(get(async || response::page()), "GET, HEAD"))
        .route("/healthz", allowing(get(async || response::health(true)), "GET, HEAD"))
        .route("/readyz", allowing(readyz, "GET, HEAD"))
        // Every method but those that count. HEAD too: it would use up a number.
        .route("/hits", allowing(MethodRouter::new(), "GET, POST"))
        .fallback(async || response::problem(StatusCode::NOT_FOUND));
    Router { counter, routes }
}

fn allowing(methods: MethodRouter, allowed: &'static str) -> MethodRouter {
    methods.fallback(async move || response::method_not_allowed(allowed))
}

/// What a [`Router`] answers, in time.
type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<S: Store> Router<S> {
    /// Answers one request. A host that needs no tower service calls this, and spares a clone of the router for each.
    pub fn answer<B>(&self, request: Request<B>) -> Answer
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        match (request.uri().path(), request.method()) {
            ("/hits", &Method::GET | &Method::POST) => {
                let counter = Arc::clone(&self.counter);
                Box::pin(async move { Ok(counter.hit().await) })
            }
            (_, method) if !is_implemented(method) => {
                Box::pin(std::future::ready(Ok(response::problem(StatusCode::NOT_IMPLEMENTED))))
            }
            _ => Box::pin(self.routes.clone().call(request)),
        }
    }
}

/// RFC 9110's methods (§9.3) and PATCH (RFC 5789). Any other is a 501 (§9.1), as the parser of the Python server, which
/// refuses most of them before a route is known, can answer too.
fn is_implemented(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::DELETE
            | Method::CONNECT
            | Method::OPTIONS
            | Method::TRACE
            | Method::PATCH
    )
}

impl<S> Clone for Router<S> {
    fn clone(&self) -> Self {
        Self { counter: Arc::clone(&self.counter), routes: self.routes.clone() }
    }
}

impl<S, B> Service<Request<B>> for Router<S>
where
    S: Store,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // So is axum's: it holds nothing that could be used up.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.answer(request)
    }
}

impl<S: Store> Counter<S> {
    async fn hit(&self) -> Response<Body> {
        match within(HIT_TIMEOUT, self.store.add(1)).await {
            Some(Ok(count)) => response::count(count),
            Some(Err(error)) => {
                self.hits.error(&format!("no number: {}", chain(&error)));
                response::problem(response::status(&error))
            }
            None => {
                self.hits.error(&format!("no number: the store took longer than {HIT_TIMEOUT:?}"));
                response::problem(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    async fn readyz(&self) -> Response<Body> {
        let problem = match within(READY_TIMEOUT, self.store.add(0)).await {
            Some(Ok(count)) if count < u64::MAX => None,
            Some(Ok(_)) => Some(chain(&StoreError::Overflow)),
            Some(Err(error)) => Some(chain(&error)),
            None => Some(format!("the store took longer than {READY_TIMEOUT:?}")),
        };
        if let Some(problem) = &problem {
            self.readiness.error(&format!("not ready: {problem}"));
        }
        response::health(problem.is_none())
    }
}

/// The output of `future`, or nothing once `limit` has passed. The clock is read only if it is not ready at once, as a
/// count in memory is.
async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => Some(output),
        Poll::Pending => tokio::time::timeout(limit, future).await.ok(),
    }
}

/// The error and its causes in one line. It is for the log: a client gets the status alone.
fn chain(error: &StoreError) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        chain += ": ";
        chain += &error.to_string();
        source = error.source();
    }
    chain
}
