//! Which answer a function gives to a request. Must not know a store.

use lambda_http::http::{Method, Response, StatusCode};

use crate::{Store, answer};

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
        return answer::problem(StatusCode::NOT_IMPLEMENTED);
    }
    match (path, method.as_str()) {
        ("/hits", "GET" | "POST") => answer::number(store.add(1).await),
        ("/hits", _) => answer::not_allowed("GET, POST"),
        ("/", "GET" | "HEAD") => answer::page(),
        ("/healthz", "GET" | "HEAD") => answer::health(true),
        ("/readyz", "GET" | "HEAD") => answer::ready(store.add(0).await),
        ("/" | "/healthz" | "/readyz", _) => answer::not_allowed("GET, HEAD"),
        _ => answer::problem(StatusCode::NOT_FOUND),
    }
}
