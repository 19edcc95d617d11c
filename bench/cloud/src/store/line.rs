//! The way to a server as long as AWS's: what a client sends arrives after the delay of its call, in order, and what it sends
//! next is on its way meanwhile. It must not know an answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::endpoint::Endpoint;
use crate::profile::{StoreConditions, sleep};

/// Connecting takes microseconds on loopback.
const CONNECT: Duration = Duration::from_secs(1);
/// Pieces that may be under way: a client waits for the answers to what it has sent.
const UNDER_WAY: usize = 1_024;
/// The longest piece. Commands of a counter have some fifty bytes.
const PIECE: usize = 16 * 1024;

/// What of a store's protocol a line must know. One for each connection, since a command may lean on earlier ones.
pub(super) trait Protocol: Default + Send + 'static {
    /// Whether a piece of what a client sends only reads.
    fn reads(&mut self, piece: &[u8]) -> bool;
}

/// A line that is open.
#[derive(Debug)]
pub(super) struct Line {
    endpoint: Endpoint,
}

impl Line {
    /// Opens one on a free port before `server`.
    pub(super) async fn open<P: Protocol>(server: SocketAddr, conditions: StoreConditions) -> std::io::Result<Self> {
        let endpoint =
            Endpoint::start(move |client, _peer, _stop| pass::<P>(client, server, conditions.clone())).await?;
        Ok(Self { endpoint })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.endpoint.address()
    }
}

/// A piece of what a client sent, and when it arrives.
type Piece = (Instant, Bytes);

/// Passes one connection's bytes until either side closes it.
async fn pass<P: Protocol>(client: TcpStream, server: SocketAddr, conditions: StoreConditions) {
    let Ok(Ok(server)) = timeout(CONNECT, TcpStream::connect(server)).await else { return };
    // What arrives in one piece must leave at once.
    let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
    let ((from_client, mut to_client), (mut from_server, to_server)) = (client.into_split(), server.into_split());
    let (pieces, under_way) = mpsc::channel(UNDER_WAY);
    let back = async { tokio::io::copy(&mut from_server, &mut to_client).await };
    tokio::select! {
        _ = async { tokio::join!(take(from_client, pieces, conditions, P::default()), arrive(under_way, to_server)) } => {}
        _ = back => {}
    }
}

/// Takes what a client sends, until it sends no more.
async fn take(
    mut client: OwnedReadHalf,
    pieces: mpsc::Sender<Piece>,
    conditions: StoreConditions,
    mut protocol: impl Protocol,
) {
    let mut before = None;
    loop {
        let mut piece = BytesMut::with_capacity(PIECE);
        if !matches!(client.read_buf(&mut piece).await, Ok(1..)) {
            return;
        }
        let arrives = Instant::now() + conditions.delay(&mut before, protocol.reads(&piece));
        if pieces.send((arrives, piece.freeze())).await.is_err() {
            return;
        }
    }
}

/// Hands the server each piece when it arrives.
async fn arrive(mut under_way: mpsc::Receiver<Piece>, mut server: OwnedWriteHalf) {
    while let Some((arrives, piece)) = under_way.recv().await {
        sleep(arrives.saturating_duration_since(Instant::now())).await;
        if server.write_all(&piece).await.is_err() {
            return;
        }
    }
}
