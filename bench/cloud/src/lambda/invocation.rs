//! One invocation from its admission to its end: given an environment, bounded in time, reported.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use super::environment::Environment;
use super::exchange::{Delivery, Reply};
use super::function::Call;
use super::outcome::{ErrorSource, FunctionError, Outcome};
use super::pool::{Acquired, Given, Unavailable};
use super::report::Status;
use super::shared::{Record, Shared, start};
use super::start_failure::{exit_error, timeout_error};
use super::stream::{Stream, StreamEnd};

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
        trace: call.trace.unwrap_or_else(|| runtime_trace("").into()),
        client_context: call.client_context,
    };
    let sink = call.sink;
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
        delivery.deadline_ms = deadline_ms(environment.config.timeout);
        let mut running = Running::begin(admission, environment, delivery, call.log, sink.clone());
        match running.end().await {
            Ended::Done(outcome, log) => return (outcome, log),
            Ended::Untouched(back, right) => (delivery, admission) = (*back, right),
        }
    }
    (Outcome::ServiceError("environments end before they take an invocation".into()), None)
}

/// An idle environment, or a new one, or one that becomes free while the new one starts.
async fn acquire(shared: &Arc<Shared>) -> Given {
    let (given, needs_start) = match shared.lock().acquire() {
        Acquired::Warm(environment) => return Ok(environment),
        Acquired::ShuttingDown => return Err(Unavailable::ShuttingDown),
        Acquired::Wait(given, needs_start) => (given, needs_start),
    };
    if needs_start {
        tokio::spawn(start(Arc::clone(shared)));
    }
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
///
/// **Invariant:** whatever an await has brought is kept in `parts` before the next await. So an invocation whose caller
/// goes away at any point goes on from there.
struct Running {
    parts: Option<Parts>,
    /// Whether it goes on already. Then only the end of the runtime drops it, and nothing can go on any more.
    detached: bool,
}

struct Parts {
    admission: Admission,
    environment: Arc<Environment>,
    request: Uuid,
    begun: Instant,
    log: bool,
    /// Where the pieces of a streamed answer go; gathered if `None`.
    sink: Option<mpsc::Sender<Bytes>>,
    stage: Stage,
}

/// How far it has come.
enum Stage {
    /// The runtime has not replied.
    Waiting(oneshot::Receiver<Reply>),
    /// The runtime streams its reply.
    Streaming(Stream),
    /// It is over, after this time.
    Over(End, Duration),
}

/// How an invocation came to its end.
enum End {
    Success(Bytes),
    Error(FunctionError),
    /// The environment ended; `None` if the reason is not known.
    Exited(Option<crate::process::Exit>),
    Untouched(Delivery),
    TimedOut,
}

enum Ended {
    Done(Outcome, Option<String>),
    /// The environment ended before it took the invocation.
    Untouched(Box<Delivery>, Admission),
}

impl Running {
    fn begin(
        admission: Admission,
        environment: Arc<Environment>,
        delivery: Delivery,
        log: bool,
        sink: Option<mpsc::Sender<Bytes>>,
    ) -> Self {
        if log && environment.is_warm() {
            // What was printed before belongs to earlier invocations.
            drop(environment.log.take());
        }
        let (request, begun) = (delivery.request, Instant::now());
        environment.announce(request, delivery.deadline_ms, &admission.shared.arn, &delivery.trace);
        let stage = Stage::Waiting(environment.exchange.offer(delivery));
        let parts = Parts { admission, environment, request, begun, log, sink, stage };
        Self { parts: Some(parts), detached: false }
    }

    async fn end(&mut self) -> Ended {
        let parts = self.parts.as_mut().expect("an invocation ends once");
        let limit = parts.environment.config.timeout;
        let deadline = parts.begun + limit;
        loop {
            let next = match &mut parts.stage {
                Stage::Waiting(reply) => match timeout_at(deadline, reply).await {
                    Ok(Ok(Reply::Stream(stream))) => Stage::Streaming(stream),
                    Ok(Ok(Reply::Response(payload))) => parts.over(End::Success(payload)),
                    Ok(Ok(Reply::Error(error))) => parts.over(End::Error(error)),
                    Ok(Ok(Reply::Exited { untouched: Some(delivery), .. })) => parts.over(End::Untouched(delivery)),
                    Ok(Ok(Reply::Exited { exit, untouched: None })) => parts.over(End::Exited(exit)),
                    Ok(Err(_)) => parts.over(End::Exited(None)),
                    Err(_elapsed) => parts.over(End::TimedOut),
                },
                Stage::Streaming(stream) => match timeout_at(deadline, stream.finish(parts.sink.as_ref())).await {
                    Ok(StreamEnd::Whole(payload)) => parts.over(End::Success(payload)),
                    Ok(StreamEnd::Failed(error)) => parts.over(End::Error(error)),
                    Ok(StreamEnd::BrokenOff) => parts.over(End::Exited(parts.environment.process.exit())),
                    Err(_elapsed) => parts.over(End::TimedOut),
                },
                Stage::Over(..) => break,
            };
            parts.stage = next;
        }
        if parts.log {
            sleep(LOG_DELAY).await;
        }
        // Nothing is awaited from here on.
        let Some(Parts { admission, environment, request, log, stage: Stage::Over(end, duration), .. }) =
            self.parts.take()
        else {
            unreachable!("the loop above ends at `Over`, and only here it is taken out")
        };
        let shared = Arc::clone(&admission.shared);
        // An environment that is over, or about to be, is not given back.
        let mut reuse = true;
        let (outcome, status) = match end {
            End::Success(payload) => (Outcome::Success(payload), Status::Success),
            End::Error(error) => {
                let status = match error.source {
                    ErrorSource::Handled => Status::Success,
                    ErrorSource::Unhandled => Status::Error(error.error_type.clone()),
                };
                (Outcome::FunctionError(error), status)
            }
            End::Untouched(delivery) => return Ended::Untouched(Box::new(delivery), admission),
            End::Exited(exit) => {
                reuse = false;
                failed(exit_error(exit, request))
            }
            End::TimedOut => {
                reuse = false;
                environment.kill("timeout");
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
        let log = log.then(|| shared.log_of(&environment, &record));
        shared.record(record);
        if reuse && environment.extensions.are_idle() {
            shared.release(environment);
        } else if reuse {
            tokio::spawn(release_when_idle(admission, environment, limit.saturating_sub(duration)));
            return Ended::Done(outcome, log);
        }
        drop(admission);
        Ended::Done(outcome, log)
    }
}

/// An environment is free once its extensions are done too; the function's timeout holds for them as well.
async fn release_when_idle(admission: Admission, environment: Arc<Environment>, patience: Duration) {
    if tokio::time::timeout(patience, environment.extensions.idle()).await.is_ok() {
        let shared = Arc::clone(&admission.shared);
        shared.release(environment);
    } else {
        environment.kill("timeout");
    }
}

impl Parts {
    fn over(&self, end: End) -> Stage {
        Stage::Over(end, self.begun.elapsed())
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
                Ok(_) | Err(_) => parts.environment.kill("failure"),
            }
        }
    }
}

/// The moment at which this time has passed, in milliseconds since 1970.
pub(super) fn deadline_ms(timeout: Duration) -> u64 {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + timeout;
    u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX)
}

/// A new X-Ray trace identifier: `1-TIME-RANDOM`, the format's version, seconds since 1970 in 8 and a random number in
/// 24 hexadecimal digits. <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>
pub(crate) fn new_trace_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    format!("1-{seconds:08x}-{:024x}", fastrand::u128(..) >> 32)
}

/// A trace header that begins a trace, as fronts add it.
pub(crate) fn new_trace_root() -> String {
    format!("Root={}", new_trace_id())
}

/// What the runtime sees of a trace header: its root, this function's segment, and whether it is sampled. A header
/// without a root begins a new trace.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
pub(crate) fn runtime_trace(header: &str) -> String {
    let field = |name: &str| header.split(';').find_map(|field| field.trim().strip_prefix(name));
    let root = field("Root=").map_or_else(new_trace_id, str::to_owned);
    let parent = field("Parent=").map_or_else(|| format!("{:016x}", fastrand::u64(..)), str::to_owned);
    let sampled = field("Sampled=").unwrap_or("0");
    format!("Root={root};Parent={parent};Sampled={sampled}")
}
