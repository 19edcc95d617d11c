//! The socket's life: bind, say so, serve, drain, end. Must not know routes or stores.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::open::open;
use crate::{Config, ServerError};

/// The longest that requests in flight are waited for once the end was asked for. Kubernetes
/// and ECS kill after 30 s.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or SIGINT, then drains. Prints one line to stdout once it listens:
/// `listening on http://127.0.0.1:PORT`.
///
/// # Errors
///
/// See [`ServerError`].
pub fn run(config: &Config) -> Result<(), ServerError> {
    let runtime = runtime().map_err(ServerError::Serve)?;
    let served = runtime.block_on(serve(config));
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

async fn serve(config: &Config) -> Result<(), ServerError> {
    let bind = |source| ServerError::Bind {
        address: config.listen,
        source,
    };
    let router = open(config).await?;
    let listener = TcpListener::bind(config.listen).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let mut end = End::new().map_err(ServerError::Serve)?;
    announce(address).map_err(ServerError::Serve)?;

    // Answers are single small writes: nothing for Nagle's algorithm to gather.
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    let (ending, ended) = oneshot::channel::<()>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async {
        _ = ended.await;
    });
    let mut serving = tokio::spawn(serving.into_future());
    tokio::select! {
        served = &mut serving => return joined(served),
        () = end.asked() => {}
    }
    _ = ending.send(());
    tokio::select! {
        served = serving => joined(served),
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("requests were still in flight after {DRAIN:?}");
            Ok(())
        }
        () = end.asked() => {
            tracing::warn!("asked twice to end: requests in flight are cut off");
            Ok(())
        }
    }
}

fn joined(served: Result<io::Result<()>, tokio::task::JoinError>) -> Result<(), ServerError> {
    served
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(ServerError::Serve)
}

/// The signals that ask for the end.
struct End {
    terminate: Signal,
    interrupt: Signal,
}

impl End {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
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
