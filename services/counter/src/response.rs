//! The bytes of every response. Other languages match them byte for byte:
//!
//! | request | status | headers | body |
//! |---|---|---|---|
//! | `GET /`, `HEAD /` | 200 | `content-type: text/html; charset=utf-8`, `x-content-type-options: nosniff` | `page.html` |
//! | `GET /hits`, `POST /hits` | 200 | `content-type: text/plain; charset=utf-8`, `cache-control: no-store` | the count in decimal, no newline |
//! | … the store fails | 503 | as any problem | `{"type":"about:blank","title":"Service Unavailable","status":503}` |
//! | `GET /healthz`, `HEAD /healthz` | 200 | `content-type: application/health+json`, `cache-control: no-store` | `{"status":"pass"}` |
//! | `GET /readyz`, `HEAD /readyz` | 200 | the same | the same |
//! | … the store fails, or the count is at its end | 503 | the same | `{"status":"fail"}` |
//! | another method on `/`, `/healthz` or `/readyz` | 405 | as any problem, `allow: GET, HEAD` | `{"type":"about:blank","title":"Method Not Allowed","status":405}` |
//! | another method on `/hits`, `HEAD` too | 405 | as any problem, `allow: GET, POST` | the same |
//! | any other path | 404 | as any problem | `{"type":"about:blank","title":"Not Found","status":404}` |
//! | a method other than RFC 9110's eight and PATCH, any path | 501 | as any problem | `{"type":"about:blank","title":"Not Implemented","status":501}` |
//! | servers: a body of more than 1 MiB | 413 | as any problem, `connection: close` | `{"type":"about:blank","title":"Payload Too Large","status":413}` |
//! | servers: a body that has not arrived within 30 s | 408 | as any problem, `connection: close` | `{"type":"about:blank","title":"Request Timeout","status":408}` |
//!
//! Any problem: `content-type: application/problem+json`, `cache-control: no-store`. What is not HTTP/1.0 or 1.1 gets a
//! 400, a head that is too large a 431, without a body: `services/odd_requests.json` lists them, and both servers are
//! held to it.
//!
//! Must not know stores or routes.

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response, StatusCode};

use crate::StoreError;

/// The page, the same in every language.
pub const PAGE: &str = include_str!("../../page.html");

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

pub(crate) fn page() -> Response<Body> {
    let mut response = with_type(StatusCode::OK, "text/html; charset=utf-8", PAGE.into());
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

pub(crate) fn count(count: u64) -> Response<Body> {
    fresh(StatusCode::OK, "text/plain; charset=utf-8", count.to_string().into())
}

pub(crate) fn health(pass: bool) -> Response<Body> {
    let (status, body) = match pass {
        true => (StatusCode::OK, r#"{"status":"pass"}"#),
        false => (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"fail"}"#),
    };
    fresh(status, "application/health+json", body.into())
}

/// The problem of `status`: its number and phrase. The details are for the log.
pub fn problem(status: StatusCode) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or("Error");
    let code = status.as_u16();
    let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{code}}}"#);
    fresh(status, "application/problem+json", body.into())
}

pub(crate) fn method_not_allowed(allowed: &'static str) -> Response<Body> {
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// The status that a caller gets for an error.
pub(crate) fn status(error: &StoreError) -> StatusCode {
    match error {
        StoreError::Batch(shared) => status(shared),
        StoreError::Read { .. }
        | StoreError::Write { .. }
        | StoreError::Corrupt { .. }
        | StoreError::Overflow
        | StoreError::Contended { .. }
        | StoreError::Busy
        | StoreError::Stopped => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn fresh(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = with_type(status, content_type, body);
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

fn with_type(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
