//! Request bodies, read whole and bounded.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;

use crate::endpoint::RequestBody;

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is longer than allowed; this many bytes were seen.
    TooLarge(usize),
    /// The connection ended before the body did.
    Truncated,
}

/// Reads a whole body of at most `limit` bytes; one that came in one piece is not copied.
pub(crate) async fn read_body(mut body: RequestBody, limit: usize) -> Result<Bytes, BodyError> {
    if let Some(length) = body.size_hint().exact().and_then(|length| usize::try_from(length).ok())
        && length > limit
    {
        return Err(BodyError::TooLarge(length));
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Truncated)?.into_data() else { continue };
        let length = first.len().max(rest.len()) + data.len();
        if length > limit {
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

/// Reads a body that nobody wants, bounded. Dropped, it is read too, but only once the request is answered.
pub(crate) async fn drain(body: RequestBody) {
    body.discard().await;
}
