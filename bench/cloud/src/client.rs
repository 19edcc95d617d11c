//! One call over one new connection: what a cold start is timed with.

use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::own;

/// The largest answer that is read: the page and the count are far below, and a broken service is bounded.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Not a base URL of this cloud, or not a path.
    #[error("`{0}` is not a URL that can be called")]
    Url(String),
    /// Nobody listens there.
    #[error("cannot connect to {address}")]
    Connect {
        /// Where.
        address: String,
        /// What the system reported.
        #[source]
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection broke before the answer")]
    Broken(#[source] hyper::Error),
    /// The body broke off or was too large.
    #[error("the answer's body was not complete")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer in time.
    #[error("no answer after {} s", .0.as_secs())]
    Timeout(Duration),
}

/// Calls `GET base + path` and reads the whole answer, within `timeout`.
pub(crate) async fn get(base: &str, path: &str, timeout: Duration) -> Result<(StatusCode, Bytes), CallError> {
    call(base, &own::Request::get(path), timeout).await
}

/// Makes a request of `base` and reads the whole answer, within `timeout`.
pub(crate) async fn call(
    base: &str,
    request: &own::Request,
    timeout: Duration,
) -> Result<(StatusCode, Bytes), CallError> {
    tokio::time::timeout(timeout, exchange(base, request)).await.unwrap_or(Err(CallError::Timeout(timeout)))
}

async fn exchange(base: &str, request: &own::Request) -> Result<(StatusCode, Bytes), CallError> {
    let not_callable = || CallError::Url(format!("{base}{}", request.path));
    let address = base.strip_prefix("http://").ok_or_else(not_callable)?;
    let http = Request::builder().method(request.method.as_str()).uri(&request.path).header(HOST, address);
    let http = request.headers.iter().fold(http, |http, (name, value)| http.header(name, value));
    let request = http.body(Full::new(request.body.clone())).map_err(|_| not_callable())?;
    let unreachable = |source| CallError::Connect { address: address.to_owned(), source };
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(CallError::Broken)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(CallError::Broken)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_BODY_BYTES).collect().await.map_err(CallError::Body)?;
        Ok((status, body.to_bytes()))
    };
    tokio::pin!(exchange, connection);
    tokio::select! {
        biased;
        answered = &mut exchange => answered,
        // Closed first: what came before that may still be the whole answer.
        _ = &mut connection => exchange.await,
    }
}
