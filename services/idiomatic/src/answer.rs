//! What is answered, whoever hosts the counter.

use lambda_http::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use lambda_http::http::{Response, StatusCode};

use crate::Error;

const PAGE: &str = include_str!("../../page.html");

/// The page.
pub fn page() -> Response<String> {
    let mut response = Response::new(PAGE.to_owned());
    response.headers_mut().insert(CONTENT_TYPE, "text/html; charset=utf-8".parse().expect("a header"));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, "nosniff".parse().expect("a header"));
    response
}

/// The caller's number, or that there is none.
pub fn number(added: Result<u64, Error>) -> Response<String> {
    match added {
        Ok(count) => fresh(StatusCode::OK, "text/plain; charset=utf-8", count.to_string()),
        Err(error) => {
            tracing::error!("no number: {error:?}");
            problem(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Whether the store answers.
pub fn ready(added: Result<u64, Error>) -> Response<String> {
    if let Err(error) = &added {
        tracing::error!("not ready: {error:?}");
    }
    health(added.is_ok())
}

/// How the service is.
pub fn health(pass: bool) -> Response<String> {
    match pass {
        true => fresh(StatusCode::OK, "application/health+json", r#"{"status":"pass"}"#.to_owned()),
        false => fresh(StatusCode::SERVICE_UNAVAILABLE, "application/health+json", r#"{"status":"fail"}"#.to_owned()),
    }
}

/// A problem by its number and phrase; the details are for the log.
pub fn problem(status: StatusCode) -> Response<String> {
    let (title, code) = (status.canonical_reason().unwrap_or("Error"), status.as_u16());
    let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{code}}}"#);
    fresh(status, "application/problem+json", body)
}

/// That a path has other methods.
pub fn not_allowed(allowed: &str) -> Response<String> {
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, allowed.parse().expect("a header"));
    response
}

fn fresh(status: StatusCode, content_type: &str, body: String) -> Response<String> {
    let response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
    response.header(CACHE_CONTROL, "no-store").body(body).expect("a response")
}
