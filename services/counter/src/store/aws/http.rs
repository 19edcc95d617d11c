//! The SDK's HTTP client: hyper's HTTP/1 connections, kept while idle, each driven by the call
//! that uses it, so that there is no task to wake on the way. The SDK's own client has a pool for
//! many hosts, proxies and HTTP/2, and a task for each connection. Must not retry or bound a call,
//! which the SDK does, nor know AWS.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::tls;

/// Connecting inside a region takes under 2 ms (facts.md).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// As long as hyper-util keeps one. An end that was told is seen before the connection is used
/// again; this bounds the ends that a middle box did not tell.
const LONGEST_IDLE: Duration = Duration::from_secs(90);
/// A count has 20 bytes, an error of S3 or a session of STS some thousand.
const LONGEST_BODY: usize = 1 << 20;

/// A client for plain HTTP, and with `encrypted` for TLS too: loading the trust store takes
/// milliseconds, and now is the init phase and not the first call.
pub(super) fn client(encrypted: bool) -> SharedHttpClient {
    let pool = Pool { tls: encrypted.then(tls::connector), idle: Mutex::default() };
    let connector = SharedHttpConnector::new(Connector(Arc::new(pool)));
    http_client_fn(move |_settings, _components| connector.clone())
}

#[derive(Debug)]
struct Connector(Arc<Pool>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let pool = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { pool.call(request).await })
    }
}

struct Pool {
    tls: Option<TlsConnector>,
    idle: Mutex<Vec<Connection>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool")
    }
}

impl Pool {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (mut parts, body) = request.into_parts();
        let origin = Origin::of(&parts.uri)?;
        // The form of a request to an origin: the path alone, and the host as it was signed.
        parts.headers.insert(HOST, origin.host()?);
        parts.uri = parts.uri.path_and_query().cloned().map_or_else(Uri::default, Uri::from);
        let mut connection = match self.idle(&origin).await {
            Some(connection) => connection,
            None => match tokio::time::timeout(CONNECT_TIMEOUT, self.connect(origin)).await {
                Ok(connected) => connected.map_err(ConnectorError::io)?,
                Err(elapsed) => return Err(ConnectorError::timeout(elapsed.into())),
            },
        };
        let response = connection.call(Request::from_parts(parts, body)).await?;
        // Who fails may be one host of many: the next call had better ask another.
        if connection.is_open().await && !response.status().is_server_error() {
            connection.idle_since = Instant::now();
            self.locked().push(connection);
        }
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }

    /// The connection to `origin` that was used last, if it is still open.
    async fn idle(&self, origin: &Origin) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut idle = self.locked();
                let last = idle.iter().rposition(|connection| connection.origin == *origin)?;
                idle.remove(last)
            };
            if connection.idle_since.elapsed() < LONGEST_IDLE && connection.is_open().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self, origin: Origin) -> Result<Connection, BoxError> {
        let host = origin.authority.host().trim_matches(['[', ']']);
        let tcp = TcpStream::connect((host, origin.port())).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match (&self.tls, origin.encrypted) {
            (_, false) => Box::new(tcp),
            (Some(tls), true) => Box::new(tls.connect(host.to_owned().try_into()?, tcp).await?),
            (None, true) => return Err("this client was made for plain HTTP".into()),
        };
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let driver = Driver { connection: Box::pin(connection), ended: false };
        Ok(Connection { origin, sender, driver, idle_since: Instant::now() })
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Where a connection goes.
#[derive(PartialEq, Eq)]
struct Origin {
    encrypted: bool,
    authority: Authority,
}

impl Origin {
    fn of(uri: &Uri) -> Result<Self, ConnectorError> {
        let encrypted = uri.scheme() == Some(&Scheme::HTTPS);
        match uri.authority() {
            Some(authority) => Ok(Self { encrypted, authority: authority.clone() }),
            None => Err(ConnectorError::user(format!("{uri} has no host").into())),
        }
    }

    fn default_port(&self) -> u16 {
        if self.encrypted { 443 } else { 80 }
    }

    fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(self.default_port())
    }

    /// Without a default port, as the SDK signs it.
    fn host(&self) -> Result<HeaderValue, ConnectorError> {
        let host = match self.port() == self.default_port() {
            true => self.authority.host(),
            false => self.authority.as_str(),
        };
        HeaderValue::from_str(host).map_err(|error| ConnectorError::user(error.into()))
    }
}

struct Connection {
    origin: Origin,
    sender: SendRequest<SdkBody>,
    driver: Driver,
    idle_since: Instant,
}

/// hyper's side of a connection: reads and writes while it is polled, and ends with it.
struct Driver {
    connection: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>,
    ended: bool,
}

impl Driver {
    fn poll(&mut self, context: &mut Context<'_>) {
        // Why it ended is told to the call that was waiting, if one was.
        self.ended = self.ended || self.connection.as_mut().poll(context).is_ready();
    }
}

impl Connection {
    /// Sends one request and reads all of its response. Dropped before its end, it takes the
    /// connection along: nobody reads an answer to somebody else's question.
    async fn call(&mut self, request: Request<SdkBody>) -> Result<Response<SdkBody>, ConnectorError> {
        let (sender, driver) = (&mut self.sender, &mut self.driver);
        let mut exchange = pin!(async {
            let (parts, body) = sender.send_request(request).await.map_err(failed)?.into_parts();
            let body = Limited::new(body, LONGEST_BODY).collect().await.map_err(unread)?;
            Ok(Response::from_parts(parts, SdkBody::from(body.to_bytes())))
        });
        poll_fn(|context| {
            // Hands the request over, then writes it; reads the response, then takes it.
            for _ in 0..2 {
                if let Poll::Ready(done) = exchange.as_mut().poll(context) {
                    return Poll::Ready(done);
                }
                driver.poll(context);
            }
            exchange.as_mut().poll(context)
        })
        .await
    }

    /// Whether the other end has left the connection open, as far as this one was told.
    async fn is_open(&mut self) -> bool {
        poll_fn(|context| {
            self.driver.poll(context);
            Poll::Ready(())
        })
        .await;
        !self.driver.ended && self.sender.is_ready()
    }
}

/// What the SDK makes of hyper's errors, so that its retries know which are worth another try.
fn failed(error: hyper::Error) -> ConnectorError {
    if error.is_user() {
        ConnectorError::user(error.into())
    } else if error.is_incomplete_message() {
        ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
    } else {
        ConnectorError::io(error.into())
    }
}

fn unread(error: BoxError) -> ConnectorError {
    match error.downcast::<LengthLimitError>() {
        Ok(too_long) => ConnectorError::other(too_long, None),
        Err(error) => ConnectorError::io(error),
    }
}
