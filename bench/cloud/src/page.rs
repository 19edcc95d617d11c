//! Pages on loopback about what is up, for browsers of this machine. Pages of other origins are refused, as everywhere
//! ([`Guard`](crate::endpoint::Guard)). It must not know what a page shows.

use std::future::Future;
use std::io;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use crate::endpoint::{Endpoint, Http};

/// A page may fetch from its own origin and from nowhere else, whatever a service has printed.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; \
     frame-ancestors 'none'",
);

/// Pages that are served. Dropped, they no longer are.
#[derive(Debug)]
pub struct Pages {
    endpoint: Endpoint,
}

impl Pages {
    /// Serves what `page` gives for a path as HTML, on a free port; a path of which it gives nothing is not found.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn serve<P, F>(page: P) -> io::Result<Self>
    where
        P: Fn(String) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Option<String>> + Send + 'static,
    {
        let endpoint = Endpoint::serve(Http { half_close: true, ..Http::DOOR }, move |_, request| {
            let is_read = [Method::GET, Method::HEAD].contains(request.method());
            let answer = is_read.then(|| page(request.uri().path().to_owned()));
            async move {
                match answer {
                    None => refused(),
                    Some(answer) => answered(answer.await),
                }
            }
        });
        Ok(Self { endpoint: endpoint.await? })
    }

    /// Their URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.endpoint.url()
    }

    /// Lets requests under way end (bounded), and closes.
    pub async fn shutdown(self) {
        self.endpoint.shutdown().await;
    }
}

fn answered(page: Option<String>) -> Response<Full<Bytes>> {
    let status = if page.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut response = Response::new(Full::new(Bytes::from(page.unwrap_or_else(|| "Not found\n".to_owned()))));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, POLICY),
    ] {
        response.headers_mut().insert(name, value);
    }
    response
}

fn refused() -> Response<Full<Bytes>> {
    let mut response = answered(None);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}
