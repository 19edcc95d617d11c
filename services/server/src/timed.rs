//! How long a client may take: a connection's deadline, moved on by the bytes that pass and by each request. It is one
//! deadline for each state and not a time for each read, which a client that sends a byte now and then would outlive.
//! Must not know HTTP.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// From a connection's begin or its last answer to the first byte of the next request. Longer than a balancer keeps an
/// idle connection (ALB: 60 s, its idle timeout's default), so that it never sends a request into one that is just being
/// closed: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html>.
const IDLE: Duration = Duration::from_secs(75);
/// From a request's first byte to the end of its head.
const HEAD: Duration = Duration::from_secs(15);
/// From the end of a request's head to the end of its answer: 30 s for the body, 15 s for the store, and the writing.
const CALL: Duration = Duration::from_secs(60);
/// Deadlines are looked at this often, so that a request costs no timer.
const TICK: Duration = Duration::from_secs(5);

const IDLING: u8 = 0;
const READING_HEAD: u8 = 1;
const CALLING: u8 = 2;
const ANSWERING: u8 = 3;
const REFUSING: u8 = 4;

/// A connection's state and deadline.
#[derive(Debug, Clone)]
pub(crate) struct Deadline(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    began: Instant,
    state: AtomicU8,
    /// Milliseconds after `began`.
    at_ms: AtomicU64,
}

impl Deadline {
    pub(crate) fn new() -> Self {
        let shared = Shared { began: Instant::now(), state: AtomicU8::new(IDLING), at_ms: AtomicU64::new(0) };
        let deadline = Self(Arc::new(shared));
        deadline.enter(IDLING, IDLE);
        deadline
    }

    /// A request's head is complete.
    pub(crate) fn call(&self) {
        self.enter(CALLING, CALL);
    }

    /// The answer is complete, and on its way. What is written before it, a `100 Continue`, ends no call.
    pub(crate) fn answer(&self) {
        self.0.state.store(ANSWERING, Ordering::Relaxed);
    }

    /// The answer is complete, on its way and the connection's last: what its client has sent may be unread.
    pub(crate) fn refuse(&self) {
        self.0.state.store(REFUSING, Ordering::Relaxed);
    }

    /// Whether the connection ended with a refusal, the server's or, of a head, hyper's.
    pub(crate) fn is_refused(&self) -> bool {
        self.is(REFUSING) || self.is(READING_HEAD)
    }

    /// Ends once the deadline has passed, at most a tick late. While `crowded`, a tick is all that an idle connection
    /// gets: others wait for its place.
    pub(crate) async fn passed(&self, crowded: impl Fn() -> bool) {
        loop {
            let at = self.0.began + Duration::from_millis(self.0.at_ms.load(Ordering::Relaxed));
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() || (self.is(IDLING) && left + TICK < IDLE && crowded()) {
                return;
            }
            tokio::time::sleep(left.min(TICK)).await;
        }
    }

    fn enter(&self, state: u8, time: Duration) {
        let at = self.0.began.elapsed() + time;
        self.0.at_ms.store(u64::try_from(at.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.0.state.store(state, Ordering::Relaxed);
    }

    fn is(&self, state: u8) -> bool {
        self.0.state.load(Ordering::Relaxed) == state
    }

    fn has_read(&self) {
        if self.is(IDLING) {
            self.enter(READING_HEAD, HEAD);
        }
    }

    /// Whoever takes only a part of an answer at a time is still in the call.
    fn has_written(&self, all: bool) {
        if all && self.is(ANSWERING) {
            self.enter(IDLING, IDLE);
        }
    }
}

/// A connection that moves its deadline on.
#[derive(Debug)]
pub(crate) struct Timed<'a> {
    stream: &'a mut TcpStream,
    deadline: Deadline,
}

impl<'a> Timed<'a> {
    pub(crate) fn new(stream: &'a mut TcpStream, deadline: Deadline) -> Self {
        Self { stream, deadline }
    }
}

impl AsyncRead for Timed<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        if buffer.filled().len() > before {
            self.deadline.has_read();
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Timed<'_> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.deadline.has_written(matches!(written, Ok(written) if written == bytes.len()));
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all: usize = slices.iter().map(|slice| slice.len()).sum();
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices));
        self.deadline.has_written(matches!(written, Ok(written) if written == all));
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
