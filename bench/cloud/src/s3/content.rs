//! The bytes of an object: pieces in a row, shared and never copied, so that joining parts and cutting ranges is free.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use s3s::Body;
use s3s::dto::StreamingBlob;

/// Bytes in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pieces: VecDeque<Bytes>,
    length: usize,
}

impl Content {
    /// How many bytes there are.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The same as the protocol's numbers are.
    pub(super) fn size(&self) -> i64 {
        i64::try_from(self.length).unwrap_or(i64::MAX)
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces.iter()
    }

    /// Adds bytes at the end.
    pub(super) fn append(&mut self, other: Self) {
        self.length += other.length;
        self.pieces.extend(other.pieces);
    }

    /// The bytes of a range that lies within.
    pub(super) fn slice(&self, range: Range<usize>) -> Self {
        let mut start = 0;
        let mut slice = Self::default();
        for piece in &self.pieces {
            let end = start + piece.len();
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                slice.append(piece.slice(from - start..to - start).into());
            }
            start = end;
        }
        slice
    }

    /// As an answer's body.
    pub(super) fn into_blob(mut self) -> StreamingBlob {
        match self.pieces.len() {
            0 | 1 => Body::from(self.pieces.pop_front().unwrap_or_default()).into(),
            _ => Body::http_body(self).into(),
        }
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        let length = bytes.len();
        Self { pieces: if length == 0 { VecDeque::new() } else { [bytes].into() }, length }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl hyper::body::Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.pop_front();
        self.length -= piece.as_ref().map_or(0, Bytes::len);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_crosses_pieces_and_keeps_to_its_range() {
        let mut content = Content::from(b"0123".to_vec());
        content.append(Content::default());
        content.append(b"4567".to_vec().into());
        content.append(b"89".to_vec().into());
        for start in 0..=10 {
            for end in start..=10 {
                let slice = content.slice(start..end);
                let joined: Vec<u8> = slice.pieces().flatten().copied().collect();
                assert_eq!(joined, b"0123456789"[start..end]);
                assert_eq!(slice.length(), end - start);
            }
        }
    }
}
