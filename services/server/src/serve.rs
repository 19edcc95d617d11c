//! The listener's life: bind, announce, accept, drain, end. Must not know routes or stores.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use counter::{Router, Store};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};

use crate::open::open_and_serve;
use crate::{Config, ServerError, connection};

/// The longest that requests in flight are waited for after a signal. Kubernetes and ECS kill after 30 s.
const DRAIN: Duration = Duration::from_secs(10);
/// Connections served at a time. A connection's buffer has 8 KiB unless its client sends a larger head.
const CONNECTIONS: usize = 4_096;
/// Files that the rest of the process may have open: sockets to a store, the counter file, the standard streams.
const OTHER_FILES: usize = 64;
/// The pause after a connection could not be taken.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT, then drains. Prints one line to stdout once it listens:
/// `listening on http://127.0.0.1:PORT`.
///
/// # Errors
///
/// See [`ServerError`].
pub fn run(config: &Config) -> Result<(), ServerError> {
    let runtime = runtime().map_err(ServerError::Serve)?;
    let served = runtime.block_on(open_and_serve(config));
    // A blocked disk must not keep the process: what it would still write nobody waits for.
    runtime.shutdown_background();
    served
}

/// One thread where there is one core: nobody to share work with, so nobody to wake.
fn runtime() -> io::Result<Runtime> {
    let mut builder = match std::thread::available_parallelism().map_or(1, usize::from) {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}

pub(crate) async fn serve<S: Store>(listen: SocketAddr, router: Router<S>) -> Result<(), ServerError> {
    let bind = |source| ServerError::Bind { address: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let mut end = End::new().map_err(ServerError::Serve)?;
    announce(address).map_err(ServerError::Serve)?;

    until(listener, &router, connections(), async || end.requested().await).await;
    Ok(())
}

/// Serves until `end` returns, then drains: until all connections have ended, `end` returns once more, or the bound is
/// over.
async fn until<S: Store>(listener: TcpListener, router: &Router<S>, most: usize, mut end: impl AsyncFnMut()) {
    // Every connection holds a receiver: the end is announced by it, and complete once it is dropped.
    let (drain, draining) = watch::channel(());
    tokio::select! {
        () = accept(&listener, router, &draining, most) => {}
        () = end() => {}
    }
    drop((listener, draining));
    _ = drain.send(());
    tokio::select! {
        () = drain.closed() => {}
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("requests were still in flight after {DRAIN:?}");
        }
        () = end() => tracing::warn!("interrupted twice: requests in flight are cut off"),
    }
}

/// Takes connections for ever, `most` at a time; the others wait in the listener's queue. While all are taken, each
/// answer ends its connection, so that the next client's turn comes.
async fn accept<S: Store>(listener: &TcpListener, router: &Router<S>, draining: &watch::Receiver<()>, most: usize) {
    let places = Arc::new(Semaphore::new(most));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (router, draining, places) = (router.clone(), draining.clone(), Arc::clone(&places));
                tokio::spawn(async move {
                    connection::serve(stream, router, draining, || places.available_permits() == 0).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::error!("no connection: {error}");
                // Usually too many open files: room comes with connections that end, not
                // with trying harder. What axum and hyper's old server waited, too.
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The connections that are served at a time: [`CONNECTIONS`], or what the limit of open files leaves. The soft limit is
/// raised to the hard one first: the soft one is for programs that use `select`.
fn connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let files =
        getrlimit(Resource::Nofile).current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
    files.saturating_sub(OTHER_FILES).clamp(1, CONNECTIONS)
}

/// The signals that end the server.
struct End {
    terminate: Signal,
    interrupt: Signal,
}

impl End {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The next of them.
    async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The only line on stdout, with an address that can be called.
fn announce(mut address: SocketAddr) -> io::Result<()> {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use counter::{Memory, StoreError, Update, router};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::Notify;
    use tokio::time::Instant;

    use super::*;

    /// A store that never answers, and announces who calls it.
    struct Hanging(Arc<Notify>);

    impl Store for Hanging {
        async fn add(&self, _: u64) -> Result<u64, StoreError> {
            self.0.notify_one();
            std::future::pending().await
        }
    }

    const HIT: &[u8] = b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn the_drain_has_a_bound() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(HIT).await.unwrap();
        let called = Arc::new(Notify::new());
        let router = router(Hanging(Arc::clone(&called)));
        let (mut ends, mut began) = (0, None);
        let end = async || {
            ends += 1;
            match ends {
                1 => called.notified().await,
                _ => std::future::pending().await,
            }
            began = Some(Instant::now());
        };
        until(listener, &router, 10, end).await;
        assert_eq!(began.unwrap().elapsed().as_secs(), DRAIN.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_make_place_for_those_who_wait() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(Memory::new(0, Update::Atomic));
        tokio::spawn(async move { until(listener, &router, 3, async || std::future::pending().await).await });
        let mut idle = Vec::new();
        for _ in 0..9 {
            idle.push(TcpStream::connect(address).await.unwrap());
        }
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(HIT).await.unwrap();
        let (mut answer, began) = (String::new(), Instant::now());
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with('1'), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        // Far below the time that an idle connection has otherwise.
        assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    }
}
