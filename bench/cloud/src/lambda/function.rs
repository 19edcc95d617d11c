//! A function: its callers, and what they can see of it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;

use bytes::Bytes;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::{
    config::{FunctionConfig, LambdaConfig},
    failures::Failures,
    invocation::{Admission, run},
    outcome::{Outcome, PAYLOAD_BYTES, Throttle},
    report::Report,
    shared::Shared,
};
use crate::process::CpuApplied;

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

impl Function {
    pub(super) fn new(config: FunctionConfig, lambda: Arc<LambdaConfig>, account_in_flight: Arc<AtomicU32>) -> Self {
        Self { shared: Shared::new(config, lambda, account_in_flight) }
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
        self.shared.replace_config(config);
        self.retire().await;
    }

    /// Ends all environments: the next call is cold. Busy ones end after their invocation.
    pub async fn retire(&self) {
        let retired = self.shared.lock().retire();
        self.shared.end(retired).await;
    }

    /// Kills all environments without waiting, and takes no more calls.
    pub(super) fn kill(&self) {
        self.shared.kill();
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
