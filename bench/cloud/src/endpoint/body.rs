//! A request's body: bounded in time, and read to its end even if whoever answers does not care for it.
//!
//! A server that closes a connection while its client is still sending makes the kernel reset it, and the client
//! sees a broken pipe in place of the answer. So a body that was dropped early comes back to the connection, which
//! reads on and discards before it answers. It must not hold what it reads.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep, timeout};

/// How long a client that owes bytes of a body may send none. S3's own is 20 s or more
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>, `RequestTimeout`).
const IDLE: Duration = Duration::from_secs(30);

/// How long the rest of a body that nobody wants is read, and how much of it: half a second on loopback.
const DISCARD_TIME: Duration = Duration::from_secs(10);
const DISCARD_BYTES: usize = 1024 * 1024 * 1024;

/// Where a body goes that was dropped before its end.
type Place = Arc<Mutex<Option<Left>>>;

/// A body that was dropped before its end.
#[derive(Debug)]
struct Left {
    incoming: Incoming,
    /// Whether any of it was asked for.
    polled: bool,
    /// Whether it breaks HTTP's rules, so that its end can't be found.
    broken: bool,
}

/// The body of a request. Dropped early, its rest is still read, by [`Rest::discard`].
#[derive(Debug)]
pub(crate) struct RequestBody {
    /// None once it has been dropped.
    incoming: Option<Incoming>,
    /// In place of that, one that was read and is sent on.
    whole: Option<Bytes>,
    polled: bool,
    broken: bool,
    /// Runs while the client owes bytes.
    idle: Option<Pin<Box<Sleep>>>,
    place: Option<Place>,
}

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestBodyError {
    /// The connection broke, or the body breaks HTTP's rules.
    #[error("the request's body broke off")]
    Broken(#[source] hyper::Error),
    /// The client sent nothing for too long.
    #[error("the client sent nothing of its request's body for {} s", IDLE.as_secs())]
    Idle,
}

/// What is left of a request's body once the request is answered.
#[derive(Debug)]
pub(super) struct Rest(Option<Place>);

impl RequestBody {
    /// Takes over a body; none of this costs anything where there is no body.
    pub(super) fn new(incoming: Incoming) -> (Self, Rest) {
        let place = (!incoming.is_end_stream()).then(Place::default);
        let body = Self {
            incoming: Some(incoming),
            whole: None,
            polled: false,
            broken: false,
            idle: None,
            place: place.clone(),
        };
        (body, Rest(place))
    }

    /// One that is sent on after it was read.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { incoming: None, whole: Some(bytes), polled: false, broken: false, idle: None, place: None }
    }

    /// Reads what is left and forgets it, bounded, before the request is answered.
    pub(crate) async fn discard(mut self) {
        if let Some(incoming) = &mut self.incoming {
            discard(incoming).await;
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = RequestBodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let Some(incoming) = &mut this.incoming else {
            return Poll::Ready(this.whole.take().map(|bytes| Ok(Frame::data(bytes))));
        };
        this.polled = true;
        if let Poll::Ready(frame) = pin!(incoming).poll_frame(context) {
            this.idle = None;
            this.broken = matches!(frame, Some(Err(_)));
            return Poll::Ready(frame.map(|frame| frame.map_err(RequestBodyError::Broken)));
        }
        let idle = this.idle.get_or_insert_with(|| Box::pin(sleep(IDLE)));
        idle.as_mut().poll(context).map(|()| Some(Err(RequestBodyError::Idle)))
    }

    fn is_end_stream(&self) -> bool {
        self.whole.as_ref().is_none_or(Bytes::is_empty) && self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let whole = || SizeHint::with_exact(self.whole.as_ref().map_or(0, Bytes::len) as u64);
        self.incoming.as_ref().map_or_else(whole, Body::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let (Some(place), Some(incoming)) = (&self.place, self.incoming.take())
            && !incoming.is_end_stream()
        {
            *place.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(Left { incoming, polled: self.polled, broken: self.broken });
        }
    }
}

impl Rest {
    /// Reads and forgets what is left, bounded. `continues` says that the client waits for `100 Continue` before it
    /// sends: if nobody asked for the body, it may send none, and what follows may be its next request. Then the
    /// connection can't be used any more: the answer is `true`, as it is for a body whose end was not found.
    pub(super) async fn discard(self, continues: bool) -> bool {
        let Some(place) = self.0 else { return false };
        let left = place.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut left) = left else { return false };
        if continues && !left.polled {
            return true;
        }
        left.broken || !discard(&mut left.incoming).await
    }
}

/// Reads and forgets, bounded. Whether that was all of it.
async fn discard(incoming: &mut Incoming) -> bool {
    let rest = async {
        let mut discarded = 0;
        while let Some(frame) = incoming.frame().await {
            let Ok(frame) = frame else { return false };
            discarded += frame.data_ref().map_or(0, Bytes::len);
            if discarded > DISCARD_BYTES {
                return false;
            }
        }
        true
    };
    timeout(DISCARD_TIME, rest).await.unwrap_or(false)
}
