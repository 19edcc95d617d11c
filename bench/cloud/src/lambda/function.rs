//! A function and its invocations: admitted, given an environment, bounded in time, reported.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    config::{FunctionConfig, LambdaConfig},
    environment::{Environment, StartFailure, exit_error, timeout_error},
    exchange::{Delivery, Reply},
    outcome::{ErrorSource, FunctionError, Outcome, PAYLOAD_BYTES, Throttle},
    pool::{Acquired, Given, Pool, Todo, Unavailable},
    report::{Report, Status, billed},
};
use crate::process::{LogTail, MemoryMeter};

/// How many reports are kept: the last thousand calls, which is what a latency run makes.
const REPORTS: usize = 1_024;

/// How much of what the environments print is kept, in bytes: enough for a panic with its backtrace.
const LOG_BYTES: usize = 64 * 1024;

/// An environment that ends between being chosen and taking its invocation costs a try.
const TRIES: usize = 3;

/// What the environment prints just before it answers needs a moment through the pipe. Only callers that ask
/// for the log wait for it.
const LOG_DELAY: Duration = Duration::from_millis(3);

/// How long a shutdown waits for its own tasks: they need milliseconds.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(2);

/// A function that was created. Clones are the same function.
#[derive(Clone, Debug)]
pub struct Function {
    shared: Arc<Shared>,
}

/// One invocation to make.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The event; it should be JSON.
    pub payload: Bytes,
    /// `Lambda-Runtime-Client-Context`, if any.
    pub client_context: Option<Bytes>,
    /// `Lambda-Runtime-Trace-Id`; a new one if `None`.
    pub trace: Option<Bytes>,
    /// Whether the log is wanted.
    pub log: bool,
}

/// One invocation that was made.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// Its id, new for each call.
    pub request_id: Uuid,
    /// What came of it.
    pub outcome: Outcome,
    /// The last 4 KB of its log, if asked for and if it ran.
    pub log: Option<String>,
}

#[derive(Debug)]
struct Shared {
    config: FunctionConfig,
    lambda: Arc<LambdaConfig>,
    arn: String,
    account_in_flight: Arc<AtomicU32>,
    pool: Mutex<Pool>,
    janitor: Arc<Notify>,
    closing: CancellationToken,
    records: Mutex<VecDeque<Record>>,
    log: LogTail,
    peak_memory_bytes: AtomicU64,
}

/// A report, but for what is read when it is asked for.
#[derive(Clone, Debug)]
struct Record {
    request_id: Uuid,
    duration: Duration,
    init_duration: Option<Duration>,
    status: Status,
    memory: Option<MemoryMeter>,
}

impl Function {
    pub(super) fn new(config: FunctionConfig, lambda: Arc<LambdaConfig>, account_in_flight: Arc<AtomicU32>) -> Self {
        let shared = Arc::new(Shared {
            arn: config.arn(&lambda),
            config,
            lambda,
            account_in_flight,
            pool: Mutex::default(),
            janitor: Arc::new(Notify::new()),
            closing: CancellationToken::new(),
            records: Mutex::new(VecDeque::with_capacity(REPORTS)),
            log: LogTail::new(LOG_BYTES),
            peak_memory_bytes: AtomicU64::new(0),
        });
        tokio::spawn(keep_house(Arc::downgrade(&shared), Arc::clone(&shared.janitor)));
        Self { shared }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.shared.config.name
    }

    /// Its ARN, without a version.
    pub fn arn(&self) -> &str {
        &self.shared.arn
    }

    /// Invokes it and waits for its end.
    pub async fn invoke(&self, payload: impl Into<Bytes>) -> Outcome {
        self.call(Call { payload: payload.into(), ..Call::default() }).await.outcome
    }

    /// Invokes it and waits for its end. If the caller goes away, an invocation that has begun goes on.
    pub async fn call(&self, call: Call) -> Invoked {
        let request = Uuid::new_v4();
        let log_wanted = call.log;
        let (outcome, log) = match self.admit(&call) {
            Err(refused) => (refused, None),
            Ok(admission) => run(&self.shared, admission, request, call).await,
        };
        let log = if log_wanted { log } else { None };
        Invoked { request_id: request, outcome, log }
    }

    /// Ends all environments: the next call is cold. Busy ones end after their invocation.
    pub async fn retire(&self) {
        let retired = self.shared.lock().retire();
        self.shared.end(retired).await;
    }

    /// The reports of the last 1,024 invocations, oldest first.
    pub fn reports(&self) -> Vec<Report> {
        self.shared.records().iter().map(|record| self.shared.report(record)).collect()
    }

    /// The report of the last invocation that ended.
    pub fn last_report(&self) -> Option<Report> {
        let last = self.shared.records().back().cloned();
        last.map(|record| self.shared.report(&record))
    }

    /// The most resident memory that any one environment has had, in bytes.
    pub fn peak_memory_bytes(&self) -> u64 {
        let peaks = self.shared.lock().environments().map(|it| it.process.peak_memory_bytes()).max();
        self.shared.seen_memory(peaks.unwrap_or(0))
    }

    /// The process ids of its environments, for tools that look at them.
    pub fn environment_pids(&self) -> Vec<i32> {
        self.shared.lock().environments().map(|it| it.process.pid()).collect()
    }

    /// What its environments printed lately, at most 64 KiB.
    pub fn log(&self) -> String {
        self.shared.log.text()
    }

    /// Ends all environments and takes no more calls.
    pub(super) async fn shutdown(&self) {
        let environments = self.shared.lock().close();
        self.shared.closing.cancel();
        self.shared.end(environments).await;
        // Starts under way and watchers only have to be scheduled once more; no process is left to wait for.
        let until = Instant::now() + SHUTDOWN_PATIENCE;
        while !self.shared.lock().is_over() && Instant::now() < until {
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// Counts the call in, if there is room for it.
    fn admit(&self, call: &Call) -> Result<Admission, Outcome> {
        if call.payload.len() > PAYLOAD_BYTES {
            return Err(Outcome::PayloadTooLarge { bytes: call.payload.len() });
        }
        let shared = &self.shared;
        let reserved = shared.config.reserved_concurrency;
        if let Some(limit) = reserved {
            let mut pool = shared.lock();
            if pool.in_flight >= limit {
                return Err(Outcome::Throttled(Throttle::Reserved));
            }
            pool.in_flight += 1;
        } else {
            let limit = shared.lambda.account_concurrency;
            shared
                .account_in_flight
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < limit).then_some(n + 1))
                .map_err(|_| Outcome::Throttled(Throttle::Account))?;
        }
        Ok(Admission { shared: Arc::clone(shared), reserved: reserved.is_some() })
    }
}

/// The right to run one invocation; given back when dropped.
#[derive(Debug)]
struct Admission {
    shared: Arc<Shared>,
    reserved: bool,
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

async fn run(shared: &Arc<Shared>, admission: Admission, request: Uuid, call: Call) -> (Outcome, Option<String>) {
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

async fn start(shared: Arc<Shared>) {
    let generation = shared.lock().generation();
    // Whoever shuts down doesn't wait for an initialisation: dropping it kills its process.
    let started = tokio::select! {
        () = shared.closing.cancelled() => Err(StartFailure::Exited(None)),
        started = Environment::start(&shared.config, &shared.lambda, &shared.log, generation) => started,
    };
    if let Ok(environment) = &started {
        tokio::spawn(watch(Arc::downgrade(&shared), Arc::clone(environment)));
    }
    let todo = shared.lock().started(started);
    Shared::act(&shared, todo);
}

/// Follows an environment to its end.
async fn watch(shared: Weak<Shared>, environment: Arc<Environment>) {
    let exit = environment.process.wait_exit().await;
    environment.exchange.close(exit);
    if let Some(shared) = shared.upgrade() {
        shared.seen_memory(environment.process.peak_memory_bytes());
        shared.lock().remove(environment.id);
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
        let log_wanted = parts.log;
        if log_wanted {
            sleep(LOG_DELAY).await;
        }
        let Parts { admission, environment, request, begun, .. } = self.parts.take().expect("it is still there");
        let duration = begun.elapsed();
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

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn records(&self) -> MutexGuard<'_, VecDeque<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn release(self: &Arc<Self>, environment: Arc<Environment>) {
        let todo = self.lock().release(environment);
        self.act(todo);
    }

    fn act(self: &Arc<Self>, todo: Todo) {
        if todo.start {
            tokio::spawn(start(Arc::clone(self)));
        }
        if todo.wake_janitor {
            self.janitor.notify_one();
        }
    }

    async fn end(&self, environments: Vec<Arc<Environment>>) {
        // First all are told, then each is waited for: ending many takes as long as ending one.
        for environment in &environments {
            self.seen_memory(environment.process.peak_memory_bytes());
            environment.process.kill();
        }
        for environment in environments {
            environment.process.end(Duration::ZERO).await;
        }
    }

    fn seen_memory(&self, bytes: u64) -> u64 {
        self.peak_memory_bytes.fetch_max(bytes, Ordering::AcqRel).max(bytes)
    }

    fn record(&self, record: Record) {
        let mut records = self.records();
        if records.len() == REPORTS {
            records.pop_front();
        }
        records.push_back(record);
    }

    fn report(&self, record: &Record) -> Report {
        Report {
            request_id: record.request_id,
            duration: record.duration,
            billed_duration: billed(record.duration, record.init_duration),
            memory_mib: self.config.memory_mib,
            max_memory_used_mib: record.memory.as_ref().map_or(0, MemoryMeter::peak_bytes).div_ceil(1024 * 1024),
            init_duration: record.init_duration,
            status: record.status.clone(),
        }
    }

    fn log_of(&self, environment: &Environment, record: &Record) -> String {
        let (request, printed) = (record.request_id, environment.log.take());
        let report = self.report(record);
        format!("START RequestId: {request} Version: $LATEST\n{printed}END RequestId: {request}\n{report}\n")
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        for environment in self.lock().close() {
            environment.process.kill();
        }
        self.janitor.notify_one();
    }
}

/// Freezes idle environments, and ends those that are idle for long. It sleeps while there is nothing to do,
/// so that a call pays for it only when it is the first after a pause.
async fn keep_house(shared: Weak<Shared>, wake: Arc<Notify>) {
    let mut next = None;
    loop {
        match next {
            None => wake.notified().await,
            Some(pause) => drop(timeout(pause, wake.notified()).await),
        }
        let Some(shared) = shared.upgrade() else { return };
        next = shared.lock().tidy(shared.lambda.freeze_after, shared.lambda.keep_idle);
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
