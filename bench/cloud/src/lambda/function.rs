//! A function: its callers, its environments' upkeep, its reports.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    config::{FunctionConfig, LambdaConfig},
    environment::Environment,
    failures::{FailureCounter, Failures},
    invocation::{Admission, run},
    outcome::{Outcome, PAYLOAD_BYTES, Throttle},
    pool::{Pool, Todo},
    report::{Report, Status, billed},
    start_failure::StartFailure,
};
use crate::process::{CpuApplied, LogTail, MemoryMeter};

/// How many reports are kept: the last thousand calls, which is what a latency run makes.
const REPORTS: usize = 1_024;

/// How much of what the environments print is kept, in bytes: enough for a panic with its backtrace.
const LOG_BYTES: usize = 64 * 1024;

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
    /// The invocation's identifier; a new one if `None`.
    pub request_id: Option<Uuid>,
    /// `Lambda-Runtime-Trace-Id`; a new one if `None`.
    pub trace: Option<Bytes>,
    /// Whether the log is wanted.
    pub log: bool,
    /// Where the pieces of a streamed answer go while they come. Without it they are gathered into the outcome; with it
    /// the outcome of a streamed answer is empty.
    pub sink: Option<mpsc::Sender<Bytes>>,
}

/// One invocation that was made.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// Its id, new for each call.
    pub request_id: Uuid,
    /// What came of it.
    pub outcome: Outcome,
    /// The last 4 KB of its log, if requested and if it ran.
    pub log: Option<String>,
}

#[derive(Debug)]
pub(super) struct Shared {
    config: RwLock<Arc<FunctionConfig>>,
    name: String,
    pub(super) lambda: Arc<LambdaConfig>,
    pub(super) arn: String,
    pub(super) account_in_flight: Arc<AtomicU32>,
    pub(super) pool: Mutex<Pool>,
    pub(super) janitor: Arc<Notify>,
    pub(super) closing: CancellationToken,
    pub(super) records: Mutex<VecDeque<Record>>,
    pub(super) log: LogTail,
    pub(super) peak_memory_bytes: AtomicU64,
    failures: FailureCounter,
}

/// A report, but for what is read when it is requested.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) request_id: Uuid,
    pub(super) duration: Duration,
    pub(super) init_duration: Option<Duration>,
    pub(super) status: Status,
    pub(super) memory: Option<MemoryMeter>,
}

impl Function {
    pub(super) fn new(config: FunctionConfig, lambda: Arc<LambdaConfig>, account_in_flight: Arc<AtomicU32>) -> Self {
        let shared = Arc::new(Shared {
            arn: config.arn(&lambda),
            name: config.name.clone(),
            config: RwLock::new(Arc::new(config)),
            lambda,
            account_in_flight,
            pool: Mutex::default(),
            janitor: Arc::new(Notify::new()),
            closing: CancellationToken::new(),
            records: Mutex::new(VecDeque::with_capacity(REPORTS)),
            log: LogTail::new(LOG_BYTES),
            peak_memory_bytes: AtomicU64::new(0),
            failures: FailureCounter::default(),
        });
        tokio::spawn(keep_house(Arc::downgrade(&shared), Arc::clone(&shared.janitor)));
        Self { shared }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Its ARN, with a number only where it is a published version.
    pub fn arn(&self) -> &str {
        &self.shared.arn
    }

    /// Invokes it and waits for its end.
    pub async fn invoke(&self, payload: impl Into<Bytes>) -> Outcome {
        self.call(Call { payload: payload.into(), ..Call::default() }).await.outcome
    }

    /// Invokes it and waits for its end. If the caller goes away, an invocation that has begun goes on.
    pub async fn call(&self, call: Call) -> Invoked {
        let request = call.request_id.unwrap_or_else(Uuid::new_v4);
        let log_wanted = call.log;
        let (outcome, log) = match self.admit(&call) {
            Err(refused) => (refused, None),
            Ok(admission) => {
                if let Some(slowness) = &self.shared.config().slowness {
                    slowness.invoke.wait().await;
                }
                run(&self.shared, admission, request, call).await
            }
        };
        self.shared.failures.see(&outcome);
        let log = if log_wanted { log } else { None };
        Invoked { request_id: request, outcome, log }
    }

    /// What it is made of now.
    pub fn config(&self) -> Arc<FunctionConfig> {
        self.shared.config()
    }

    /// Makes it of something else. What runs goes on as it was; the next call starts anew.
    pub(super) async fn update(&self, config: FunctionConfig) {
        *self.shared.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        self.retire().await;
    }

    /// Ends all environments: the next call is cold. Busy ones end after their invocation.
    pub async fn retire(&self) {
        let retired = self.shared.lock().retire();
        self.shared.end(retired).await;
    }

    /// Kills all environments without waiting, and takes no more calls.
    pub(super) fn kill(&self) {
        for environment in self.shared.lock().close() {
            environment.kill("spindown");
        }
        self.shared.janitor.notify_one();
    }

    /// What Lambda says of invocations that failed, now and from now on.
    pub fn failures(&self) -> watch::Receiver<Failures> {
        self.shared.failures.watch()
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

    /// CPU time that the newest of its environments took to initialise; nothing where that can't be read.
    pub fn init_cpu(&self) -> Option<Duration> {
        self.shared.lock().environments().max_by_key(|it| it.id)?.init_cpu
    }

    /// CPU time that its environments have used so far; nothing where that can't be read.
    pub fn cpu_time(&self) -> Option<Duration> {
        self.shared.lock().environments().map(|it| it.cpu_time()).sum()
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

    /// How many environments are being started.
    #[must_use]
    pub fn starting(&self) -> usize {
        self.shared.lock().starting()
    }

    /// How its environments' CPU share is held; the first word that one is not. None before the first.
    pub fn cpu_applied(&self) -> Option<CpuApplied> {
        let pool = self.shared.lock();
        let applied = || pool.environments().map(|environment| environment.process.cpu_applied());
        applied().find(|applied| matches!(applied, CpuApplied::NotApplied(_))).or_else(|| applied().next())
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
        let reserved = shared.config().reserved_concurrency;
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

pub(super) async fn start(shared: Arc<Shared>) {
    let generation = shared.lock().generation();
    // Whoever shuts down doesn't wait for an initialisation: dropping it kills its process.
    let started = tokio::select! {
        () = shared.closing.cancelled() => Err(StartFailure::Exited(None)),
        started = async {
            let config = shared.config();
            if let Some(slowness) = &config.slowness {
                slowness.cold.wait().await;
                slowness.vpc.wait().await;
            }
            Environment::start(&config, &shared.lambda, &shared.log, generation).await
        } => started,
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
    environment.end_extensions().await;
}

impl Shared {
    pub(super) fn config(&self) -> Arc<FunctionConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn records(&self) -> MutexGuard<'_, VecDeque<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn release(self: &Arc<Self>, environment: Arc<Environment>) {
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
        // Side by side: ending many takes as long as ending one.
        let mut ending = JoinSet::new();
        for environment in environments {
            self.seen_memory(environment.process.peak_memory_bytes());
            if !environment.extensions.any() {
                environment.kill("spindown");
            }
            ending.spawn(async move { environment.end("spindown").await });
        }
        while ending.join_next().await.is_some() {}
    }

    fn seen_memory(&self, bytes: u64) -> u64 {
        self.peak_memory_bytes.fetch_max(bytes, Ordering::AcqRel).max(bytes)
    }

    pub(super) fn record(&self, record: Record) {
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
            memory_mib: self.config().memory_mib,
            max_memory_used_mib: record.memory.as_ref().map_or(0, MemoryMeter::peak_bytes).div_ceil(1024 * 1024),
            init_duration: record.init_duration,
            status: record.status.clone(),
        }
    }

    pub(super) fn log_of(&self, environment: &Environment, record: &Record) -> String {
        let (request, printed) = (record.request_id, environment.log.take());
        let report = self.report(record);
        let version = self.config().version();
        format!("START RequestId: {request} Version: {version}\n{printed}END RequestId: {request}\n{report}\n")
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        for environment in self.lock().close() {
            environment.kill("spindown");
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
        let (ended, pause) = shared.lock().tidy(shared.lambda.freeze_after, shared.lambda.keep_idle);
        next = pause;
        for environment in ended {
            tokio::spawn(async move { environment.end("spindown").await });
        }
    }
}
