//! One call for everyone who waits: while a call to the store is in flight the next batch
//! gathers, and each of its callers gets a number of its own. Must not know which store it is,
//! nor retry: a failed call fails its batch.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::{Store, StoreError};

/// Callers that may wait. Ten times the concurrency of the lab's largest run (100), so that
/// only a store that hangs fills it; then callers are refused at once instead of piling up.
const QUEUE: usize = 1_024;

/// A store whose waiting callers share its calls.
#[derive(Debug)]
pub struct Batched {
    queue: mpsc::Sender<Waiting>,
}

/// One caller: the numbers it wants and where its answer goes.
#[derive(Debug)]
struct Waiting {
    n: u64,
    answer: oneshot::Sender<Result<u64, StoreError>>,
}

impl Batched {
    /// Puts a queue and one worker in front of `store`. The worker ends with the last caller
    /// once this value is dropped.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn new<S: Store>(store: S) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(work(store, waiting));
        Self { queue }
    }
}

impl Store for Batched {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { n, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Stopped,
        })?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }
}

async fn work<S: Store>(store: S, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(QUEUE);
    while waiting.recv_many(&mut batch, QUEUE).await > 0 {
        // Who has left (a timeout, a closed connection) needs no number.
        batch.retain(|caller| !caller.answer.is_closed());
        if batch.is_empty() {
            continue;
        }
        let total = batch.iter().try_fold(0_u64, |sum, caller| sum.checked_add(caller.n));
        let added = match total {
            Some(total) => store.add(total).await.map(|count| count - total),
            None => Err(StoreError::Overflow),
        };
        answer(&mut batch, added);
    }
}

/// Deals the numbers after `added` out, in the order of asking; or the error, to everyone.
fn answer(batch: &mut Vec<Waiting>, added: Result<u64, StoreError>) {
    // A caller that has left by now leaves its numbers unused: skipped, not repeated.
    match added {
        Ok(mut count) => {
            for caller in batch.drain(..) {
                count += caller.n;
                _ = caller.answer.send(Ok(count));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for caller in batch.drain(..) {
                _ = caller.answer.send(Err(StoreError::Batch(Arc::clone(&error))));
            }
        }
    }
}
