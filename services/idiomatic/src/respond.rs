//! What is answered to a request. Must not know a store, or who hosts it.

use lambda_http::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use lambda_http::http::{Method, Response, StatusCode};

use crate::Store;

const PAGE: &str = include_str!("../../page.html");

/// RFC 9110's methods and PATCH: any other is a 501.
const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::CONNECT,
    Method::OPTIONS,
    Method::TRACE,
    Method::PATCH,
];

/// Answers a request.
pub async fn respond(store: &impl Store, method: &Method, path: &str) -> Response<String> {
    if !METHODS.contains(method) {
        return problem(StatusCode::NOT_IMPLEMENTED);
    }
    match (path, method.as_str()) {
        ("/hits", "GET" | "POST") => match store.add(1).await {
            Ok(count) => fresh(StatusCode::OK, "text/plain; charset=utf-8", count.to_string()),
            Err(error) => {
                tracing::error!("no number: {error:?}");
                problem(StatusCode::SERVICE_UNAVAILABLE)
            }
        },
        ("/hits", _) => not_allowed("GET, POST"),
        ("/", "GET" | "HEAD") => page(),
        ("/healthz", "GET" | "HEAD") => health(true),
        ("/readyz", "GET" | "HEAD") => {
            let added = store.add(0).await;
            if let Err(error) = &added {
                tracing::error!("not ready: {error:?}");
            }
            health(added.is_ok())
        }
        ("/" | "/healthz" | "/readyz", _) => not_allowed("GET, HEAD"),
        _ => problem(StatusCode::NOT_FOUND),
    }
}

fn page() -> Response<String> {
    let mut response = Response::new(PAGE.to_owned());
    response.headers_mut().insert(CONTENT_TYPE, "text/html; charset=utf-8".parse().expect("a header"));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, "nosniff".parse().expect("a header"));
    response
}

fn health(pass: bool) -> Response<String> {
    match pass {
        true => fresh(StatusCode::OK, "application/health+json", r#"{"status":"pass"}"#.to_owned()),
        false => fresh(StatusCode::SERVICE_UNAVAILABLE, "application/health+json", r#"{"status":"fail"}"#.to_owned()),
    }
}

fn problem(status: StatusCode) -> Response<String> {
    let (title, code) = (status.canonical_reason().unwrap_or("Error"), status.as_u16());
    let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{code}}}"#);
    fresh(status, "application/problem+json", body)
}

fn not_allowed(allowed: &str) -> Response<String> {
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, allowed.parse().expect("a header"));
    response
}

fn fresh(status: StatusCode, content_type: &str, body: String) -> Response<String> {
    let response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
    response.header(CACHE_CONTROL, "no-store").body(body).expect("a response")
}
