//! A streamed answer on its way from a runtime to its caller.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>

use bytes::Bytes;
use tokio::sync::mpsc;

use super::outcome::{FunctionError, RESPONSE_BYTES};

/// The most that a stream may carry: 200 MB, same source.
pub(super) const STREAM_BYTES: usize = 200 * 1024 * 1024;

/// Pieces on their way at most: a slow caller slows the runtime down.
const PIECES: usize = 16;

/// A piece of a streamed answer.
#[derive(Debug)]
pub(super) enum Piece {
    Data(Bytes),
    /// It came to its end.
    End,
    /// It ended in an error, reported by the runtime or found by Lambda.
    Failed(FunctionError),
}

/// What a runtime streams. It ends by [`Piece::End`] or [`Piece::Failed`]; without either, the runtime has ended.
#[derive(Debug)]
pub(super) struct Stream {
    pieces: mpsc::Receiver<Piece>,
    /// What has been gathered of it for a caller who takes it whole.
    gathered: Vec<u8>,
}

/// How a stream ended.
#[derive(Debug)]
pub(super) enum StreamEnd {
    /// Its bytes, if nobody took them piece by piece.
    Whole(Bytes),
    Failed(FunctionError),
    /// The runtime has ended.
    BrokenOff,
}

impl Stream {
    pub(super) fn new() -> (mpsc::Sender<Piece>, Self) {
        let (send, pieces) = mpsc::channel(PIECES);
        (send, Self { pieces, gathered: Vec::new() })
    }

    /// Takes it to its end: piece by piece into `sink`, or gathered. Dropped and called again, it goes on.
    pub(super) async fn finish(&mut self, sink: Option<&mpsc::Sender<Bytes>>) -> StreamEnd {
        while let Some(piece) = self.pieces.recv().await {
            match piece {
                Piece::End => return StreamEnd::Whole(std::mem::take(&mut self.gathered).into()),
                Piece::Failed(error) => return StreamEnd::Failed(error),
                Piece::Data(data) => match sink {
                    // A caller who has hung up takes nothing; the function goes on.
                    Some(sink) => drop(sink.send(data).await),
                    None if self.gathered.len() + data.len() > RESPONSE_BYTES => {
                        return StreamEnd::Failed(too_large(self.gathered.len() + data.len(), RESPONSE_BYTES));
                    }
                    None => self.gathered.extend_from_slice(&data),
                },
            }
        }
        StreamEnd::BrokenOff
    }
}

/// An answer that is larger than allowed.
pub(super) fn too_large(bytes: usize, most: usize) -> FunctionError {
    let message =
        format!("Response payload size ({bytes} bytes) exceeded maximum allowed payload size ({most} bytes).");
    FunctionError::plain("Function.ResponseSizeTooLarge", message)
}
