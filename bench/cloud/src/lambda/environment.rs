//! One execution environment: a process of the function, its Runtime API, and its initialisation.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::HeaderValue;
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    config::{FunctionConfig, LambdaConfig},
    exchange::Exchange,
    outcome::FunctionError,
    runtime_api,
};
use crate::{
    endpoint::Endpoint,
    process::{Exit, Limits, LogTail, Output, Process, ProcessError, ProcessSpec},
};

/// What `X-Amz-Log-Result` shows at most: 4 KB.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
const LOG_BYTES: usize = 4 * 1024;

/// A running environment. It is ended by killing its process; dropping it does so too.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) id: u64,
    /// Which generation of the function's environments it belongs to; see `Function::retire`.
    pub(super) generation: u64,
    pub(super) process: Process,
    pub(super) exchange: Arc<Exchange>,
    /// What it printed lately.
    pub(super) log: LogTail,
    init: Duration,
    init_reported: AtomicBool,
    _runtime_api: Endpoint,
}

/// Why no environment came up.
#[derive(Debug)]
pub(super) enum StartFailure {
    /// The runtime said so, by `init/error`.
    Reported(FunctionError),
    /// It ended before it asked for work.
    Exited(Option<Exit>),
    /// It did not ask for work in time.
    TimedOut(Duration),
    /// There is nothing to run.
    Entrypoint(ProcessError),
    /// No port for its Runtime API.
    Listen(io::Error),
}

impl StartFailure {
    /// What the caller of `request` gets.
    pub(super) fn into_error(self, request: Uuid) -> FunctionError {
        match self {
            Self::Reported(error) => error,
            Self::Exited(exit) => exit_error(exit, request),
            Self::TimedOut(after) => timeout_error(after, request),
            Self::Entrypoint(error) => {
                FunctionError::unhandled("Runtime.InvalidEntrypoint", request, &error_chain(&error))
            }
            Self::Listen(error) => FunctionError::unhandled("Sandbox.Failure", request, &error.to_string()),
        }
    }
}

/// An environment that ended while it was needed.
pub(super) fn exit_error(exit: Option<Exit>, request: Uuid) -> FunctionError {
    let Some(exit) = exit else {
        return FunctionError::unhandled("Runtime.ExitError", request, "Runtime exited without providing a reason");
    };
    let kind = if exit.out_of_memory { "Runtime.OutOfMemory" } else { "Runtime.ExitError" };
    let what = if exit.status.success() {
        "Runtime exited without providing a reason".to_owned()
    } else {
        format!("Runtime exited with error: {exit}")
    };
    FunctionError::unhandled(kind, request, &what)
}

/// An invocation that took too long.
pub(super) fn timeout_error(after: Duration, request: Uuid) -> FunctionError {
    let what = format!("Task timed out after {:.2} seconds", after.as_secs_f64());
    FunctionError::unhandled("Sandbox.Timedout", request, &what)
}

fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl Environment {
    /// Starts one and waits until it asks for work. A failed initialisation is tried once more, under the
    /// function's own timeout, as AWS does with the first invocation.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
    pub(super) async fn start(
        config: &FunctionConfig,
        lambda: &LambdaConfig,
        function_log: &LogTail,
        generation: u64,
    ) -> Result<Arc<Self>, StartFailure> {
        let first = Self::initialise(config, lambda, function_log, generation, lambda.init_timeout).await;
        match first {
            Err(StartFailure::Reported(_) | StartFailure::Exited(_) | StartFailure::TimedOut(_)) => {
                Self::initialise(config, lambda, function_log, generation, config.timeout).await
            }
            started_or_hopeless => started_or_hopeless,
        }
        .map(Arc::new)
    }

    async fn initialise(
        config: &FunctionConfig,
        lambda: &LambdaConfig,
        function_log: &LogTail,
        generation: u64,
        patience: Duration,
    ) -> Result<Self, StartFailure> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let begun = Instant::now();
        let (exchange, ready) = Exchange::new();
        let exchange = Arc::new(exchange);
        let arn = HeaderValue::from_str(&config.arn(lambda)).expect("a created function's name is plain ASCII");
        let runtime_api = runtime_api::serve(Arc::clone(&exchange), arn).await.map_err(StartFailure::Listen)?;
        let log = LogTail::new(LOG_BYTES);
        let output = {
            let (log, function_log) = (log.clone(), function_log.clone());
            Output::to(move |line| {
                log.push(line);
                function_log.push(line);
            })
        };
        let entrypoint = config.entrypoint();
        let process = Process::spawn(ProcessSpec {
            program: entrypoint.program,
            args: entrypoint.args,
            env: config.variables(lambda, runtime_api.address()),
            current_dir: Some(config.code.clone()),
            limits: Limits::memory(config.memory_bytes()).with_cpu(config.slowness.as_ref().map(|slow| slow.init_cpu)),
            stdout: output.clone(),
            stderr: output,
        })
        .await
        .map_err(StartFailure::Entrypoint)?;
        let ready = timeout(patience, async {
            tokio::select! {
                biased;
                ready = ready => ready.map_or(Err(StartFailure::Exited(None)), |ready| ready.map_err(StartFailure::Reported)),
                exit = process.wait_exit() => Err(StartFailure::Exited(exit)),
            }
        });
        ready.await.unwrap_or(Err(StartFailure::TimedOut(patience)))?;
        let init = begun.elapsed();
        if let Some(slowness) = &config.slowness {
            process.set_cpu(slowness.cpu);
        }
        Ok(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            generation,
            process,
            exchange,
            log,
            init,
            init_reported: AtomicBool::new(false),
            _runtime_api: runtime_api,
        })
    }

    /// Whether it has run an invocation.
    pub(super) fn is_warm(&self) -> bool {
        self.init_reported.load(Ordering::Relaxed)
    }

    /// How long its initialisation took, to the first who asks: only a cold invocation reports it.
    pub(super) fn take_init(&self) -> Option<Duration> {
        (!self.init_reported.load(Ordering::Relaxed) && !self.init_reported.swap(true, Ordering::Relaxed))
            .then_some(self.init)
    }
}
