//! How HTTP/1.1 is spoken on a connection: its bounds, and who is answered.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderValue, Request, Response};
use http_body_util::{Either, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::body::RequestBody;
use super::{Endpoint, Guard};

/// How long a connection may be without a request, and a head take to arrive. AWS's endpoints close idle
/// connections too, S3's after some seconds; clients open another.
const IDLE: Duration = Duration::from_secs(60);

/// The most bytes of a request's head; hyper takes 100 headers of them. Some more than any AWS endpoint takes (an ALB: 60 KiB and a request line of 16,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>).
const HEAD_BYTES: usize = 96 * 1024;

/// How long, and how much of, what a client sends after a refusal is read: closed with unread bytes a connection is reset,
/// and the reset may overtake the refusal. nginx's `lingering_timeout`.
const LINGER: Duration = Duration::from_secs(5);
const LINGER_BYTES: u64 = 1024 * 1024;

/// How long a client may leave what was sent to it unread.
#[cfg(target_os = "linux")]
const UNREAD: Duration = Duration::from_secs(60);

/// How HTTP/1.1 is spoken on a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Http {
    /// How long a connection may be without a request, or within a head.
    pub(crate) idle: Duration,
    /// Whether responses carry a `Date`: clients of the Runtime API don't look at it.
    pub(crate) date: bool,
    /// Whether a client that has closed its sending side still gets its answer. If not, it has hung up, and what
    /// was done for it is dropped.
    pub(crate) half_close: bool,
    /// Who is answered.
    pub(crate) guard: Guard,
}

impl Http {
    /// As most endpoints of the cloud speak it.
    pub(crate) const DOOR: Self = Self { idle: IDLE, date: true, half_close: false, guard: Guard::PLAIN };

    /// Serves one connection until the peer closes it, it is idle for too long, or `stop` is cancelled and the request
    /// under way has been answered.
    pub(crate) async fn serve<S, B>(self, mut stream: TcpStream, service: S, stop: CancellationToken)
    where
        S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>,
        B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + 'static,
    {
        // Small answers must not wait for the peer's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD));
        // Whether the last answer left bytes of its request unread.
        let unread = AtomicBool::new(false);
        let guarded = service_fn(|request| self.answer(&service, request, &unread));
        let mut server = http1::Builder::new();
        server.auto_date_header(self.date).half_close(self.half_close);
        server.timer(TokioTimer::new()).header_read_timeout(self.idle).max_buf_size(HEAD_BYTES);
        let ended = {
            let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(&mut stream), guarded));
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        };
        // A client that hangs up or breaks HTTP's rules has got from hyper what answer there is.
        let refused =
            ended.inspect_err(|error| tracing::debug!(%error, "connection ended")).is_err_and(|it| it.is_parse());
        if refused || unread.into_inner() {
            tokio::select! {
                () = linger(stream) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn answer<S, B>(
        &self,
        service: &S,
        request: Request<Incoming>,
        unread: &AtomicBool,
    ) -> Result<Response<Either<B, Full<Bytes>>>, Infallible>
    where
        S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>,
    {
        let (head, incoming) = request.into_parts();
        let (body, rest) = RequestBody::new(incoming);
        let continues = head.headers.contains_key(EXPECT);
        let refused = self.guard.refuse(&head);
        let guarded = refused.is_some();
        let mut answer = match refused {
            Some(refused) => {
                drop(body);
                refused.map(Either::Right)
            }
            None => service.call(Request::from_parts(head, body)).await?.map(Either::Left),
        };
        let left = rest.discard(continues).await;
        if left || guarded {
            unread.store(left, Ordering::Relaxed);
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(answer)
    }
}

/// Closes the sending side, and reads on, bounded, for the client to see its refusal.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let rest = &mut stream.take(LINGER_BYTES);
    let _ = timeout(LINGER, tokio::io::copy(rest, &mut tokio::io::sink())).await;
}

impl Endpoint {
    /// Serves HTTP/1.1 by a handler that answers each request with a whole body.
    pub(crate) async fn serve<H, F>(http: Http, handler: H) -> io::Result<Self>
    where
        H: Fn(SocketAddr, Request<RequestBody>) -> F + Clone + Send + Sync + 'static,
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
