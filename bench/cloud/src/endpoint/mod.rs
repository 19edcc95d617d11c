//! A listener on loopback and the connections that it accepted: drained on shutdown, closed on drop.
//!
//! It must not know what a request means or what is answered.

mod body;
mod guard;
mod http;

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

pub(crate) use body::RequestBody;
pub(crate) use guard::{Guard, Hosts};
pub(crate) use http::Http;

/// How long open connections may finish what they began once the listener has stopped. Longer than any
/// answer that a service here gives, short enough for Ctrl-C.
const DRAIN: Duration = Duration::from_secs(2);

/// Rest after a failed `accept`: with no file descriptor left, trying again at once would only burn a core.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Connections that are open at once. The next one waits in the listener's queue until another ends: more than any
/// load here opens, and with [`Http`]'s bound on a head no more than 256 MiB.
const MAX_CONNECTIONS: usize = 4096;

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
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let next = || async {
        // The semaphore is never closed.
        let place = Arc::clone(&places).acquire_owned().await.ok();
        listener.accept().await.map(|accepted| (accepted, place))
    };
    loop {
        tokio::select! {
            accepted = next() => match accepted {
                Ok(((stream, peer), place)) => {
                    let served = serve(stream, peer, stop.clone());
                    connections.spawn(async move {
                        served.await;
                        drop(place);
                    });
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
