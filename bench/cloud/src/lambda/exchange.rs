//! Where one environment's runtime and its invoker meet: the state behind one Runtime API.
//!
//! Its lock is held for a few instructions at a time and never across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::outcome::FunctionError;
use super::stream::Stream;
use crate::process::Exit;

/// What a runtime gets from `/invocation/next`.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) request: Uuid,
    pub(super) payload: Bytes,
    pub(super) deadline_ms: u64,
    pub(super) trace: Bytes,
    pub(super) client_context: Option<Bytes>,
}

/// How a delivered invocation came back.
#[derive(Debug)]
pub(super) enum Reply {
    Response(Bytes),
    /// It has begun to stream.
    Stream(Stream),
    Error(FunctionError),
    /// The environment ended first. An invocation that its runtime never took can be run elsewhere.
    Exited {
        exit: Option<Exit>,
        untouched: Option<Delivery>,
    },
}

/// Why the Runtime API refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody waits for this request id: it is answered already, timed out, or made up.
    InvalidRequestId,
    /// `next` while an invocation is still unanswered, or `init/error` after initialisation.
    InvalidStateTransition,
}

#[derive(Debug)]
enum State {
    /// Not yet asked for work; the starter waits.
    Initialising(oneshot::Sender<Result<(), FunctionError>>),
    /// Neither asked for work nor has any.
    Between,
    /// Waits in `next`.
    Asking(oneshot::Sender<Delivery>),
    /// Work is there before it was asked for.
    Offered(Delivery, oneshot::Sender<Reply>),
    Running(Uuid, oneshot::Sender<Reply>),
    Closed(Option<Exit>),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Exchange {
    state: Mutex<State>,
}

/// What to do with a call of `next`.
pub(super) enum Next {
    Now(Delivery),
    Later(oneshot::Receiver<Delivery>),
}

impl Exchange {
    /// A new one, and the receiver of its initialisation's end.
    pub(super) fn new() -> (Self, oneshot::Receiver<Result<(), FunctionError>>) {
        let (send, receive) = oneshot::channel();
        (Self { state: Mutex::new(State::Initialising(send)) }, receive)
    }

    /// The runtime asks for work.
    pub(super) fn next(&self) -> Result<Next, Refusal> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Between) {
            State::Offered(delivery, reply) => {
                *state = State::Running(delivery.request, reply);
                return Ok(Next::Now(delivery));
            }
            State::Initialising(send) => drop(send.send(Ok(()))),
            // A second `next` replaces the first, whose connection is probably closed.
            State::Between | State::Asking(_) => {}
            refused @ (State::Running(..) | State::Closed(_)) => {
                *state = refused;
                return Err(Refusal::InvalidStateTransition);
            }
        }
        let (give, given) = oneshot::channel();
        *state = State::Asking(give);
        Ok(Next::Later(given))
    }

    /// Hands an invocation to the runtime; the reply comes through the receiver.
    pub(super) fn offer(&self, delivery: Delivery) -> oneshot::Receiver<Reply> {
        let (send, receive) = oneshot::channel();
        let mut state = self.lock();
        *state = match std::mem::replace(&mut *state, State::Between) {
            State::Asking(give) => {
                let request = delivery.request;
                match give.send(delivery) {
                    Ok(()) => State::Running(request, send),
                    // Its connection was lost: it will ask again.
                    Err(delivery) => State::Offered(delivery, send),
                }
            }
            State::Closed(exit) => {
                let _gone = send.send(Reply::Exited { exit, untouched: Some(delivery) });
                State::Closed(exit)
            }
            State::Between | State::Initialising(_) | State::Offered(..) | State::Running(..) => {
                State::Offered(delivery, send)
            }
        };
        receive
    }

    /// The runtime answers the invocation `request`.
    pub(super) fn reply(&self, request: Uuid, reply: Reply) -> Result<(), Refusal> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Between) {
            State::Running(running, send) if running == request => {
                let _caller_gone = send.send(reply);
                Ok(())
            }
            other => {
                *state = other;
                Err(Refusal::InvalidRequestId)
            }
        }
    }

    /// Whether `request` is what the runtime works on: asked before its answer is read.
    pub(super) fn is_running(&self, request: Uuid) -> bool {
        matches!(&*self.lock(), State::Running(running, _) if *running == request)
    }

    /// The runtime reports that it can't initialise.
    pub(super) fn fail_init(&self, error: FunctionError) -> Result<(), Refusal> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Between) {
            State::Initialising(send) => {
                let _starter_gone = send.send(Err(error));
                Ok(())
            }
            other => {
                *state = other;
                Err(Refusal::InvalidStateTransition)
            }
        }
    }

    /// Something beside the runtime has failed: an extension. The environment is about to be ended.
    pub(super) fn fail(&self, error: impl FnOnce(Uuid) -> FunctionError) {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Between) {
            State::Initialising(send) => drop(send.send(Err(error(Uuid::nil())))),
            State::Running(request, send) => drop(send.send(Reply::Error(error(request)))),
            other => *state = other,
        }
    }

    /// The environment has ended.
    pub(super) fn close(&self, exit: Option<Exit>) {
        let ended = std::mem::replace(&mut *self.lock(), State::Closed(exit));
        let (send, untouched) = match ended {
            State::Offered(delivery, send) => (send, Some(delivery)),
            State::Running(_, send) => (send, None),
            State::Initialising(_) | State::Between | State::Asking(_) | State::Closed(_) => return,
        };
        let _caller_gone = send.send(Reply::Exited { exit, untouched });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
