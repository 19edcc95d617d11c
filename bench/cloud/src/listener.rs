//! HTTP/1.1 on a loopback port of its own: accepted, answered, stopped. What every door of the cloud stands on.
//!
//! It must not know what it serves.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long a stopping listener lets requests under way be answered.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// A served port. Dropping it stops it without waiting.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    stop: CancellationToken,
    served: Option<JoinHandle<()>>,
}

/// Whether responses carry a `Date`: the Runtime API's clients don't look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateHeader {
    Sent,
    Omitted,
}

impl Listener {
    /// Serves on a free loopback port.
    pub(crate) async fn start<H, F>(date: DateHeader, handler: H) -> io::Result<Self>
    where
        H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let served = Some(tokio::spawn(accept(listener, stop.clone(), date, handler)));
        Ok(Self { address, stop, served })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses new connections, lets requests under way be answered for a moment, and closes.
    pub(crate) async fn shutdown(mut self) {
        self.stop.cancel();
        if let Some(served) = self.served.take() {
            let _stopped = served.await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept<H, F>(listener: TcpListener, stop: CancellationToken, date: DateHeader, handler: H)
where
    H: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(converse(stream, peer, stop.clone(), date, handler.clone()));
            }
            // Out of file descriptors, most likely: others will be closed meanwhile.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn converse<H, F>(stream: TcpStream, peer: SocketAddr, stop: CancellationToken, date: DateHeader, handler: H)
where
    H: Fn(SocketAddr, Request<Incoming>) -> F,
    F: Future<Output = Response<Full<Bytes>>>,
{
    // A small answer must not wait for the acknowledgement of the one before.
    let _without = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answered = handler(peer, request);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .auto_date_header(date == DateHeader::Sent)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        // A client that hangs up or talks nonsense has been told by hyper what can be told.
        _ended = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _in_time = timeout(STOP_GRACE, connection).await;
        }
    }
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is longer than allowed; this many bytes were seen.
    TooLarge(usize),
    /// The connection ended before the body did.
    Truncated,
}

/// Reads a whole body of at most `limit` bytes; one that came in one piece is not copied.
pub(crate) async fn read_body(mut body: Incoming, limit: usize) -> Result<Bytes, BodyError> {
    if let Some(length) = body.size_hint().exact().and_then(|length| usize::try_from(length).ok())
        && length > limit
    {
        drain(body).await;
        return Err(BodyError::TooLarge(length));
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Truncated)?.into_data() else { continue };
        let length = first.len().max(rest.len()) + data.len();
        if length > limit {
            drain(body).await;
            return Err(BodyError::TooLarge(length));
        }
        if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                // From the second piece on, everything is gathered in one buffer.
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
        if body.is_end_stream() {
            break;
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// Reads on and forgets, so that a client that is still sending gets to read the answer. Four times the
/// largest payload of Lambda is patience enough.
async fn drain(mut body: Incoming) {
    const MOST_BYTES: usize = 32 * 1024 * 1024;
    let mut drained = 0;
    while let Some(Ok(frame)) = body.frame().await {
        drained += frame.data_ref().map_or(0, Bytes::len);
        if drained > MOST_BYTES {
            return;
        }
    }
}
