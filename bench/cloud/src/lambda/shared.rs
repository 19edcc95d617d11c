//! What all clones of a function share: its environments and their upkeep, its records, its log.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    config::{FunctionConfig, LambdaConfig},
    environment::Environment,
    failures::FailureCounter,
    pool::{Pool, Todo},
    report::{Report, Status, billed},
    start_failure::StartFailure,
};
use crate::process::{LogTail, MemoryMeter};

/// How many reports are kept: the last thousand calls, which is what a latency run makes.
const REPORTS: usize = 1_024;

/// How much of what the environments print is kept, in bytes: enough for a panic with its backtrace.
const LOG_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Shared {
    config: RwLock<Arc<FunctionConfig>>,
    pub(super) name: String,
    pub(super) lambda: Arc<LambdaConfig>,
    pub(super) arn: String,
    pub(super) account_in_flight: Arc<AtomicU32>,
    pub(super) pool: Mutex<Pool>,
    pub(super) janitor: Arc<Notify>,
    pub(super) closing: CancellationToken,
    pub(super) records: Mutex<VecDeque<Record>>,
    pub(super) log: LogTail,
    pub(super) peak_memory_bytes: AtomicU64,
    pub(super) failures: FailureCounter,
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

impl Shared {
    pub(super) fn new(
        config: FunctionConfig,
        lambda: Arc<LambdaConfig>,
        account_in_flight: Arc<AtomicU32>,
    ) -> Arc<Self> {
        let shared = Arc::new(Self {
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
        shared
    }

    pub(super) fn config(&self) -> Arc<FunctionConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes it of something else; what runs is as it was.
    pub(super) fn replace_config(&self, config: FunctionConfig) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn records(&self) -> MutexGuard<'_, VecDeque<Record>> {
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

    pub(super) async fn end(&self, environments: Vec<Arc<Environment>>) {
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

    /// Kills all environments without waiting, and takes no more calls.
    pub(super) fn kill(&self) {
        for environment in self.lock().close() {
            environment.kill("spindown");
        }
        self.janitor.notify_one();
    }

    pub(super) fn seen_memory(&self, bytes: u64) -> u64 {
        self.peak_memory_bytes.fetch_max(bytes, Ordering::AcqRel).max(bytes)
    }

    pub(super) fn record(&self, record: Record) {
        let mut records = self.records();
        if records.len() == REPORTS {
            records.pop_front();
        }
        records.push_back(record);
    }

    pub(super) fn report(&self, record: &Record) -> Report {
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
        self.kill();
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
