//! A response's body as something that a blocking parser reads: bounded in memory, in time and in size.

use std::io::{self, Read};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The longest that the next bytes may take.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Pieces that wait for the parser: a piece is at most hyper's read buffer of some 400 KB.
const PIECES: usize = 16;

/// Far more than a file of one region has: the largest, EC2's, has some hundred MB.
const MOST_BYTES: u64 = 4 << 30;

/// The reading end.
pub(super) struct File {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

/// A body as a file, and what has to run meanwhile to fill it.
pub(super) fn piped(body: Incoming) -> (impl Future<Output = ()>, File) {
    let (sender, pieces) = mpsc::channel(PIECES);
    (feed(body, sender), File { pieces, piece: Bytes::new() })
}

async fn feed(mut body: Incoming, pieces: mpsc::Sender<io::Result<Bytes>>) {
    let mut bytes = 0;
    loop {
        let piece = match timeout(STALL_TIMEOUT, body.frame()).await {
            Ok(None) => return,
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => Ok(data),
                Err(_trailers) => continue,
            },
            Ok(Some(Err(error))) => Err(io::Error::other(error)),
            Err(_) => Err(io::Error::other(format!("no byte in {} s", STALL_TIMEOUT.as_secs()))),
        };
        bytes += piece.as_ref().map_or(0, |data| data.len() as u64);
        let piece = piece.and_then(|data| match bytes > MOST_BYTES {
            true => Err(io::Error::other(format!("the file is larger than {} GiB", MOST_BYTES >> 30))),
            false => Ok(data),
        });
        let is_last = piece.is_err();
        // A parser that has ended wants no more.
        if pieces.send(piece).await.is_err() || is_last {
            return;
        }
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
