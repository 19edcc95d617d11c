//! The socket's life: bind, say so, serve, drain, end. Must not know routes or stores.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use counter::{Router, Store};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::open::open_and_serve;
use crate::{Config, ServerError};

/// The longest that requests in flight are waited for once the end was asked for. Kubernetes
/// and ECS kill after 30 s.
const DRAIN: Duration = Duration::from_secs(10);
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

    // Every connection holds a receiver: told of the end by it, and done once it is dropped.
    let (drain, draining) = watch::channel(());
    tokio::select! {
        () = accept(&listener, &router, &draining) => {}
        () = end.asked() => {}
    }
    drop((listener, draining));
    _ = drain.send(());
    tokio::select! {
        () = drain.closed() => {}
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("requests were still in flight after {DRAIN:?}");
        }
        () = end.asked() => tracing::warn!("asked twice to end: requests in flight are cut off"),
    }
    Ok(())
}

/// Takes connections for ever.
async fn accept<S: Store>(listener: &TcpListener, router: &Router<S>, draining: &watch::Receiver<()>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, router.clone(), draining.clone()));
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

/// Serves one connection to its end, or to the end of its request in flight. `hyper` itself:
/// `axum::serve` in its place costs 1 to 2 µs of CPU a request, 15 % of what it needs in all.
async fn connection<S: Store>(stream: TcpStream, router: Router<S>, mut draining: watch::Receiver<()>) {
    // Answers are single small writes: nothing for Nagle's algorithm to gather.
    _ = stream.set_nodelay(true);
    let service = service_fn(move |request| router.answer(request));
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // A connection's errors are its client's: gone, or not speaking HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = draining.changed() => connection.as_mut().graceful_shutdown(),
    }
    _ = connection.await;
}

/// The signals that ask for the end.
struct End {
    terminate: Signal,
    interrupt: Signal,
}

impl End {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
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
