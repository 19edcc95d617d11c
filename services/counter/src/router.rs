//! The app as a value: routes, the time a store may take, the log line of a failure. Must not
//! know which store it has, nor open a socket. The bytes are in `response`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::{MethodFilter, MethodRouter, get, on};

use crate::{Store, StoreError, response};

/// The longest that a caller waits for a number: longer than the slowest store's own bound
/// (10 s of rounds on one S3 key), shorter than what waits in front (HTTP API 30 s, ALB 60 s).
const HIT_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest that a health check waits: what a balancer gives one by default (5 s).
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// The counter over `store`: `GET /`, `GET|POST /hits`, `GET /healthz`, and
/// `application/problem+json` for everything else. Each response ends in bounded time,
/// whatever the store does.
pub fn router<S: Store>(store: S) -> Router {
    // `get` also answers HEAD. On /hits it must not: a HEAD would use up a number.
    let page = get(async || response::page());
    let hits = on(MethodFilter::GET.or(MethodFilter::POST), hits::<S>);
    let hits = hits.on(MethodFilter::HEAD, async || {
        response::method_not_allowed("GET, POST")
    });
    Router::new()
        .route("/", allowing(page, "GET, HEAD"))
        .route("/hits", allowing(hits, "GET, POST"))
        .route("/healthz", allowing(get(healthz::<S>), "GET, HEAD"))
        .fallback(async || response::problem(StatusCode::NOT_FOUND))
        .with_state(Arc::new(store))
}

fn allowing<S: Clone + Send + Sync + 'static>(
    methods: MethodRouter<S>,
    allowed: &'static str,
) -> MethodRouter<S> {
    methods.fallback(async move || response::method_not_allowed(allowed))
}

async fn hits<S: Store>(State(store): State<Arc<S>>) -> Response<Body> {
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

async fn healthz<S: Store>(State(store): State<Arc<S>>) -> Response<Body> {
    let checked = tokio::time::timeout(HEALTH_TIMEOUT, store.add(0)).await;
    match &checked {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => log("unhealthy", error),
        Err(_elapsed) => {
            tracing::error!("unhealthy: the store took longer than {HEALTH_TIMEOUT:?}")
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
