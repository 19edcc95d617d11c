//! One invocation from its admission to its end: given an environment, bounded in time, reported.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout_at},
};
use uuid::Uuid;

use super::{
    environment::{Environment, exit_error, timeout_error},
    exchange::{Delivery, Reply},
    function::{Call, Record, Shared, start},
    outcome::{ErrorSource, FunctionError, Outcome},
    pool::{Acquired, Given, Unavailable},
    report::Status,
};

/// An environment that ends between being chosen and taking its invocation costs a try.
const TRIES: usize = 3;

/// What the environment prints just before it answers needs a moment through the pipe. Only callers that ask
/// for the log wait for it.
const LOG_DELAY: Duration = Duration::from_millis(3);

/// The right to run one invocation; given back when dropped.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) shared: Arc<Shared>,
    pub(super) reserved: bool,
}

impl Drop for Admission {
    fn drop(&mut self) {
        if self.reserved {
            self.shared.lock().in_flight -= 1;
        } else {
            self.shared.account_in_flight.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

pub(super) async fn run(
    shared: &Arc<Shared>,
    admission: Admission,
    request: Uuid,
    call: Call,
) -> (Outcome, Option<String>) {
    let mut admission = admission;
    let begun = Instant::now();
    let mut delivery = Delivery {
        request,
        payload: call.payload,
        deadline_ms: 0,
        trace: call.trace.unwrap_or_else(|| new_trace_id().into()),
        client_context: call.client_context,
    };
    for _ in 0..TRIES {
        let environment = match acquire(shared).await {
            Ok(environment) => environment,
            Err(Unavailable::ShuttingDown) => return (Outcome::ServiceError("Lambda is shutting down".into()), None),
            Err(Unavailable::Failed(failure)) => {
                let (outcome, status) = failed(failure.into_error(request));
                let duration = begun.elapsed();
                shared.record(Record { request_id: request, duration, init_duration: None, status, memory: None });
                return (outcome, Some(shared.log.text()));
            }
        };
        delivery.deadline_ms = deadline_ms(shared.config.timeout);
        let mut running = Running::begin(admission, environment, delivery, call.log);
        match running.end().await {
            Ended::Done(outcome, log) => return (outcome, log),
            Ended::Untouched(back, right) => (delivery, admission) = (*back, right),
        }
    }
    (Outcome::ServiceError("environments end before they take an invocation".into()), None)
}

/// An idle environment, or a new one, or one that becomes free while the new one starts.
async fn acquire(shared: &Arc<Shared>) -> Given {
    let given = match shared.lock().acquire() {
        Acquired::Warm(environment) => return Ok(environment),
        Acquired::ShuttingDown => return Err(Unavailable::ShuttingDown),
        Acquired::Start(given) => given,
    };
    tokio::spawn(start(Arc::clone(shared)));
    let mut waiting = Waiting { given, shared };
    (&mut waiting.given).await.unwrap_or(Err(Unavailable::ShuttingDown))
}

/// A caller that waits; should it go away just when it is given an environment, that one is passed on.
struct Waiting<'a> {
    given: oneshot::Receiver<Given>,
    shared: &'a Arc<Shared>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.given.close();
        if let Ok(Ok(environment)) = self.given.try_recv() {
            Shared::release(self.shared, environment);
        }
    }
}

/// An invocation that an environment has. Dropped before its end, it goes on in a task of its own.
struct Running {
    parts: Option<Parts>,
    /// Whether it goes on already. Then only the end of the runtime drops it, and nothing can go on any more.
    detached: bool,
}

struct Parts {
    admission: Admission,
    environment: Arc<Environment>,
    request: Uuid,
    reply: oneshot::Receiver<Reply>,
    begun: Instant,
    log: bool,
}

enum Ended {
    Done(Outcome, Option<String>),
    /// The environment ended before it took the invocation.
    Untouched(Box<Delivery>, Admission),
}

impl Running {
    fn begin(admission: Admission, environment: Arc<Environment>, delivery: Delivery, log: bool) -> Self {
        if log && environment.is_warm() {
            // What was printed before belongs to earlier invocations.
            drop(environment.log.take());
        }
        let (request, begun) = (delivery.request, Instant::now());
        let reply = environment.exchange.offer(delivery);
        Self { parts: Some(Parts { admission, environment, request, reply, begun, log }), detached: false }
    }

    async fn end(&mut self) -> Ended {
        let parts = self.parts.as_mut().expect("an invocation ends once");
        let limit = parts.admission.shared.config.timeout;
        let reply = timeout_at(parts.begun + limit, &mut parts.reply).await;
        let duration = parts.begun.elapsed();
        let log_wanted = parts.log;
        if log_wanted {
            sleep(LOG_DELAY).await;
        }
        let Parts { admission, environment, request, .. } = self.parts.take().expect("it is still there");
        let shared = Arc::clone(&admission.shared);
        // An environment that is over, or about to be, is not given back.
        let mut reuse = true;
        let (outcome, status) = match reply {
            Ok(Ok(Reply::Response(payload))) => (Outcome::Success(payload), Status::Success),
            Ok(Ok(Reply::Error(error))) => {
                let status = match error.source {
                    ErrorSource::Handled => Status::Success,
                    ErrorSource::Unhandled => Status::Error(error.error_type.clone()),
                };
                (Outcome::FunctionError(error), status)
            }
            Ok(Ok(Reply::Exited { untouched: Some(delivery), .. })) => {
                return Ended::Untouched(Box::new(delivery), admission);
            }
            Ok(Ok(Reply::Exited { exit, untouched: None })) => {
                reuse = false;
                failed(exit_error(exit, request))
            }
            Ok(Err(_)) => {
                reuse = false;
                failed(exit_error(None, request))
            }
            Err(_elapsed) => {
                reuse = false;
                environment.process.kill();
                (Outcome::FunctionError(timeout_error(limit, request)), Status::Timeout)
            }
        };
        let record = Record {
            request_id: request,
            duration,
            init_duration: environment.take_init(),
            status,
            memory: Some(environment.process.memory()),
        };
        let log = log_wanted.then(|| shared.log_of(&environment, &record));
        shared.record(record);
        if reuse {
            shared.release(environment);
        }
        drop(admission);
        Ended::Done(outcome, log)
    }
}

fn failed(error: FunctionError) -> (Outcome, Status) {
    let status = Status::Error(error.error_type.clone());
    (Outcome::FunctionError(error), status)
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) if !self.detached => {
                    let mut running = Self { parts: Some(parts), detached: true };
                    runtime.spawn(async move {
                        running.end().await;
                    });
                }
                Ok(_) | Err(_) => parts.environment.process.kill(),
            }
        }
    }
}

fn deadline_ms(timeout: Duration) -> u64 {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + timeout;
    u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX)
}

/// A new X-Ray trace id, not sampled.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>
pub(crate) fn new_trace_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (high, low, parent) = (fastrand::u32(..), fastrand::u64(..), fastrand::u64(..));
    format!("Root=1-{seconds:08x}-{high:08x}{low:016x};Parent={parent:016x};Sampled=0")
}
