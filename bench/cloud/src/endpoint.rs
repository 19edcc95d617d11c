//! A listener on loopback and the connections that it accepted: drained when asked, gone when dropped.
//!
//! It must not know what is asked or answered.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long open connections may finish what they began once the listener has stopped. Longer than any
/// answer that a service here gives, short enough for Ctrl-C.
const DRAIN: Duration = Duration::from_secs(2);

/// Rest after a failed `accept`: with no file descriptor left, trying again at once would only burn a core.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// A listening address on loopback with its connections.
#[derive(Debug)]
pub(crate) struct Endpoint {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Endpoint {
    /// Listens on a free port and hands each connection to `serve`, with the token that asks it to finish.
    pub(crate) async fn start<S, F>(serve: S) -> io::Result<Self>
    where
        S: Fn(TcpStream, SocketAddr, CancellationToken) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(accept(listener, serve, stop.clone()));
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a trailing slash.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening, lets the connections finish (bounded), then closes what is left.
    pub(crate) async fn shutdown(mut self) {
        self.stop.cancel();
        // It can only fail by a panic, which its own thread has reported, or by being aborted.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<S, F>(listener: TcpListener, serve: S, stop: CancellationToken)
where
    S: Fn(TcpStream, SocketAddr, CancellationToken) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    // Dropped with this task, and its connections with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve(stream, peer, stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(DRAIN, drained).await;
}

/// How HTTP/1.1 is spoken on a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Http {
    /// A connection without a request for this long is closed; never if `None`.
    pub(crate) idle: Option<Duration>,
    /// Whether responses carry a `Date`: clients of the Runtime API don't look at it.
    pub(crate) date: bool,
    /// Whether a client that has closed its sending side still gets its answer. If not, it has hung up, and what
    /// was done for it is dropped.
    pub(crate) half_close: bool,
}

impl Http {
    /// As most doors of the cloud speak it.
    pub(crate) const DOOR: Self = Self { idle: None, date: true, half_close: false };

    /// Serves one connection until the peer closes it, it is idle for too long, or `stop` is asked and the request
    /// under way has been answered.
    pub(crate) async fn serve<S, B>(self, stream: TcpStream, service: S, stop: CancellationToken)
    where
        S: hyper::service::Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static,
    {
        // Small answers must not wait for the peer's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let mut server = http1::Builder::new();
        server.auto_date_header(self.date).half_close(self.half_close);
        if let Some(idle) = self.idle {
            server.timer(TokioTimer::new()).header_read_timeout(idle);
        }
        let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // A client that hangs up or talks nonsense has been told by hyper what can be told.
        if let Err(error) = ended {
            tracing::debug!(%error, "connection ended");
        }
    }
}

impl Endpoint {
    /// Serves HTTP/1.1 by a handler that answers each request with a whole body.
    pub(crate) async fn serve<H, F>(http: Http, handler: H) -> io::Result<Self>
    where
        H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        Self::start(move |stream, peer, stop| {
            let handler = handler.clone();
            let service = service_fn(move |request| {
                let answered = handler(peer, request);
                async move { Ok::<_, Infallible>(answered.await) }
            });
            http.serve(stream, service, stop)
        })
        .await
    }
}
