//! The connections to the target: kept alive, reused, dropped when the target moves.
//!
//! A connection is driven by the task of the call that uses it, not by one of its own: no wake-up of another
//! task, and often another core, stands between the target's bytes and the caller's.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep, timeout};

use super::Target;
use crate::endpoint::RequestBody;

/// How long connecting to a target may take; AWS's, and fixed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Idle connections kept for reuse: more than any run here has callers at once.
const MAX_IDLE: usize = 1024;

/// One target and the idle connections to it.
#[derive(Debug)]
pub(crate) struct TargetGroup {
    target: Target,
    idle_timeout: Duration,
    idle: Mutex<Vec<Connection>>,
}

/// Why a target gave no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no target is registered")]
    NoTarget,
    #[error("the target refuses connections")]
    Connect(#[source] io::Error),
    #[error("the target does not accept the connection in time")]
    ConnectTimeout,
    #[error("the target broke off")]
    Broken(#[source] hyper::Error),
    #[error("the request's body ended before its end")]
    RequestBody(#[source] hyper::Error),
    #[error("the target does not answer in time")]
    Idle,
}

impl Failure {
    /// The failure of an exchange: what is the user's error to hyper is that of the body which it was given to send.
    fn of(error: hyper::Error) -> Self {
        if error.is_user() { Self::RequestBody(error) } else { Self::Broken(error) }
    }
}

/// What reads and writes a connection while it is polled.
type Driver = Pin<Box<http1::Connection<TokioIo<TcpStream>, RequestBody>>>;

/// A connection to a target, by itself at rest: whoever uses it polls its driver.
#[derive(Debug)]
struct Connection {
    address: SocketAddr,
    sender: SendRequest<RequestBody>,
    /// None once the connection has closed.
    driver: Option<Driver>,
}

/// A target's body, which drives its connection while it is read and gives it back at its end.
#[derive(Debug)]
pub(crate) struct TargetBody {
    targets: Arc<TargetGroup>,
    connection: Option<Connection>,
    body: Incoming,
    ended: bool,
    /// How the body broke, reported only after what came before it has been passed on.
    broken: Option<hyper::Error>,
    /// Runs while the target owes bytes.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl TargetGroup {
    pub(crate) fn new(target: Target, idle_timeout: Duration) -> Self {
        Self { target, idle_timeout, idle: Mutex::default() }
    }

    /// Sends a request to the target and gives its response once the head is there.
    pub(crate) async fn send(self: &Arc<Self>, request: Request<RequestBody>) -> Result<Response<TargetBody>, Failure> {
        let address = self.target.address().ok_or(Failure::NoTarget)?;
        let mut connection = match self.take(address).await {
            Some(connection) => connection,
            None => Connection::open(address).await?,
        };
        let (head, body) = match timeout(self.idle_timeout, connection.exchange(request)).await {
            Ok(response) => response.map_err(Failure::of)?.into_parts(),
            Err(_) => return Err(Failure::Idle),
        };
        let connection = Some(connection);
        let body =
            TargetBody { targets: Arc::clone(self), connection, body, ended: false, broken: None, stalled: None };
        Ok(Response::from_parts(head, body))
    }

    /// The connection used last that is still open; those to a former target are closed.
    async fn take(&self, address: SocketAddr) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.last().is_some_and(|connection| connection.address != address) {
                    idle.clear();
                }
                idle.pop()?
            };
            if connection.is_ready().await {
                return Some(connection);
            }
        }
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address))
            .await
            .map_err(|_| Failure::ConnectTimeout)?
            .map_err(Failure::Connect)?;
        // Small requests must not wait for the target's delayed acknowledgement.
        stream.set_nodelay(true).map_err(Failure::Connect)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(Failure::Broken)?;
        Ok(Self { address, sender, driver: Some(Box::pin(driver)) })
    }

    /// Whether it can take a request; it can't if the target has closed it meanwhile.
    async fn is_ready(&mut self) -> bool {
        poll_fn(|context| {
            self.drive(context);
            Poll::Ready(())
        })
        .await;
        self.driver.is_some() && self.sender.is_ready()
    }

    async fn exchange(&mut self, request: Request<RequestBody>) -> hyper::Result<Response<Incoming>> {
        let mut response = pin!(self.sender.send_request(request));
        let driver = &mut self.driver;
        poll_fn(|context| {
            drive(driver, context);
            response.as_mut().poll(context)
        })
        .await
    }

    fn drive(&mut self, context: &mut Context<'_>) {
        drive(&mut self.driver, context);
    }
}

/// Moves the connection on as far as it goes. An error of its own shows in the request or body it breaks.
fn drive(driver: &mut Option<Driver>, context: &mut Context<'_>) {
    if let Some(running) = driver
        && running.as_mut().poll(context).is_ready()
    {
        *driver = None;
    }
}

impl Body for TargetBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Some(error) = this.broken.take() {
            return Poll::Ready(Some(Err(error.into())));
        }
        if let Some(connection) = &mut this.connection {
            connection.drive(context);
        }
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Err(error))) => {
                // The caller's side flushes when it has to wait, and drops what it holds on an error.
                this.broken = Some(error);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(frame) => {
                this.stalled = None;
                this.ended = frame.is_none();
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                let idle_timeout = this.targets.idle_timeout;
                let stalled = this.stalled.get_or_insert_with(|| Box::pin(sleep(idle_timeout)));
                stalled.as_mut().poll(context).map(|()| Some(Err(Failure::Idle.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for TargetBody {
    fn drop(&mut self) {
        let read = self.ended || self.body.is_end_stream();
        if let Some(connection) = self.connection.take().filter(|connection| read && connection.driver.is_some()) {
            self.targets.give_back(connection);
        }
    }
}
