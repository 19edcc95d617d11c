//! One execution environment: a process of the function, its extensions, its Runtime API, and its initialisation.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::HeaderValue;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::config::{FunctionConfig, LambdaConfig};
use super::exchange::Exchange;
use super::extensions::{Event, EventKind, Extensions};
use super::invocation::deadline_ms;
use super::runtime_api::{self, extension_failure};
use super::start_failure::{StartFailure, entrypoint_error};
use super::turn::Turn;
use super::variables::{LOG_STREAM, variables};
use crate::endpoint::Endpoint;
use crate::entrypoint::Entrypoint;
use crate::process::{Limits, LogTail, Output, Process, ProcessError, ProcessSpec};

/// What `X-Amz-Log-Result` shows at most: 4 KB.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
const LOG_BYTES: usize = 4 * 1024;

/// How long a runtime whose environment has extensions may take to end, and how long these may then take.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown>
const RUNTIME_GRACE: Duration = Duration::from_millis(300);
const EXTENSIONS_GRACE: Duration = Duration::from_millis(1_700);

/// Where the extensions are in a package, as they are below `/opt` on AWS.
pub(crate) const EXTENSIONS: &str = "extensions";

/// A running environment. It is ended by killing its process; dropping it does so too.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) id: u64,
    /// Which generation of the function's environments it belongs to; see `Function::retire`.
    pub(super) generation: u64,
    /// What it was started from: an update of the function starts others.
    pub(super) config: Arc<FunctionConfig>,
    pub(super) process: Process,
    pub(super) exchange: Arc<Exchange>,
    pub(super) extensions: Arc<Extensions>,
    /// The extensions that are processes of their own.
    external: Vec<Process>,
    /// What it printed lately.
    pub(super) log: LogTail,
    init: Duration,
    /// CPU time of its initialisation, where it can be read.
    pub(super) init_cpu: Option<Duration>,
    init_reported: AtomicBool,
    /// Why it is ended, if Lambda ends it.
    reason: OnceLock<&'static str>,
    _runtime_api: Endpoint,
}

/// The executables of a package's `extensions` folder, in order.
fn external_extensions(code: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(code.join(EXTENSIONS)).into_iter().flatten().flatten();
    let is_program =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    let programs = entries.map(|entry| entry.path()).filter(is_program);
    let mut named: Vec<_> =
        programs.filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path.clone()))).collect();
    named.sort();
    named
}

impl Environment {
    /// Starts one and waits until it asks for work. A failed initialisation is tried once more, under the
    /// function's own timeout, as AWS does with the first invocation.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
    pub(super) async fn start(
        config: &Arc<FunctionConfig>,
        lambda: &LambdaConfig,
        function_log: &LogTail,
        generation: u64,
    ) -> Result<Arc<Self>, StartFailure> {
        let first = Self::initialise(config, lambda, function_log, generation, lambda.init_timeout).await;
        let started = match first {
            Err(StartFailure::Reported(_) | StartFailure::Exited(_) | StartFailure::TimedOut(_)) => {
                Self::initialise(config, lambda, function_log, generation, config.timeout).await
            }
            started_or_hopeless => started_or_hopeless,
        };
        let environment = Arc::new(started?);
        environment.watch_extensions();
        Ok(environment)
    }

    async fn initialise(
        config: &Arc<FunctionConfig>,
        lambda: &LambdaConfig,
        function_log: &LogTail,
        generation: u64,
        patience: Duration,
    ) -> Result<Self, StartFailure> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let mut turn = Turn::take().await;
        let begun = Instant::now();
        let (exchange, ready) = Exchange::new();
        let (exchange, extensions) = (Arc::new(exchange), Arc::<Extensions>::default());
        let about = runtime_api::About {
            name: config.name.clone(),
            version: config.version(),
            handler: config.handler.clone(),
            account: lambda.account.clone(),
            arn: HeaderValue::from_str(&config.arn(lambda)).expect("a created function's name is plain ASCII"),
        };
        let runtime_api = runtime_api::serve(Arc::clone(&exchange), Arc::clone(&extensions), about)
            .await
            .map_err(|error| StartFailure::Sandbox(error.to_string()))?;
        let log = LogTail::new(LOG_BYTES);
        let output = {
            let (log, function_log) = (log.clone(), function_log.clone());
            Output::to(move |line| {
                log.push(line);
                function_log.push(line);
            })
        };
        let env = variables(config, lambda, runtime_api.address())
            .map_err(|error| StartFailure::Sandbox(format!("no port is free for its server: {error}")))?;
        let mark = env.get_key_value(OsStr::new(LOG_STREAM)).map(|(name, value)| {
            let mut mark = name.clone();
            mark.push("=");
            mark.push(value);
            mark
        });
        let spec = |entrypoint: Entrypoint, limits| ProcessSpec {
            program: entrypoint.program,
            args: entrypoint.args,
            env: env.clone(),
            mark: mark.clone(),
            current_dir: Some(config.code.clone()),
            limits,
            stdout: output.clone(),
            stderr: output.clone(),
        };
        let init_cpu_share = config.slowness.as_ref().map(|slow| slow.init_cpu);
        let mut external = Vec::new();
        for (name, program) in external_extensions(&config.code) {
            extensions.expect(&name);
            // Beside the runtime, which it works in turn with: each has the share of both.
            let limits = Limits::default().with_cpu(init_cpu_share);
            let started = Process::spawn(spec(Entrypoint::program(program), limits)).await;
            external.push(started.map_err(|_| StartFailure::Extension("Extension.LaunchError", name))?);
        }
        let limits = Limits::memory(config.memory_bytes()).with_cpu(init_cpu_share);
        let initialised = timeout(patience, async {
            if !external.is_empty() {
                tokio::select! {
                    () = extensions.registered() => {}
                    () = any_exit(&external) => return Err(StartFailure::crash()),
                    never = turn.lend(|| external.iter().map(Process::cpu_time).sum()) => never,
                }
            }
            let process =
                Process::spawn(spec(config.entrypoint(&env), limits)).await.map_err(|error| match &error {
                    ProcessError::Spawn { .. } => StartFailure::Entrypoint(entrypoint_error(&error, config)),
                    ProcessError::Watch { .. } => StartFailure::Sandbox(error.to_string()),
                })?;
            let ready = async {
                ready.await.map_or(Err(StartFailure::Exited(None)), |ready| ready.map_err(StartFailure::Reported))?;
                extensions.ready().await;
                Ok(())
            };
            tokio::select! {
                biased;
                ready = ready => ready?,
                exit = process.wait_exit() => return Err(StartFailure::Exited(exit)),
                () = any_exit(&external) => return Err(StartFailure::crash()),
                never = turn.lend(|| cpu_time(&process, &external)) => never,
            }
            Ok(process)
        });
        let process = initialised.await.unwrap_or(Err(StartFailure::TimedOut(patience)))?;
        extensions.close();
        let (init, init_cpu) = (begun.elapsed(), cpu_time(&process, &external));
        if let Some(slowness) = &config.slowness {
            external.iter().chain([&process]).for_each(|it| it.set_cpu(slowness.cpu));
        }
        Ok(Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            generation,
            config: Arc::clone(config),
            process,
            exchange,
            extensions,
            external,
            log,
            init,
            init_cpu,
            init_reported: AtomicBool::new(false),
            reason: OnceLock::new(),
            _runtime_api: runtime_api,
        })
    }

    /// An extension that ends takes the environment with it.
    fn watch_extensions(self: &Arc<Self>) {
        for index in 0..self.external.len() {
            let environment = Arc::downgrade(self);
            let exit = self.external[index].exit_watch();
            tokio::spawn(async move {
                exit.wait().await;
                if let Some(environment) = environment.upgrade().filter(|it| it.reason.get().is_none()) {
                    environment.exchange.fail(|request| extension_failure("Extension.Crash", "process", request));
                    environment.kill("failure");
                }
            });
        }
    }

    /// Announces an invocation to the extensions.
    pub(super) fn announce(&self, request: Uuid, deadline_ms: u64, arn: &str, trace: &[u8]) {
        self.extensions.invoke(|| Event {
            event_type: "INVOKE",
            deadline_ms,
            kind: EventKind::Invoke {
                request_id: request.to_string(),
                invoked_function_arn: arn.to_owned(),
                tracing: super::extensions::Tracing {
                    kind: "X-Amzn-Trace-Id",
                    value: String::from_utf8_lossy(trace).into_owned(),
                },
            },
        });
    }

    /// Stops it where it stands.
    pub(super) fn freeze(&self) {
        self.process.freeze();
        self.external.iter().for_each(Process::freeze);
    }

    /// Lets it go on.
    pub(super) fn thaw(&self) {
        self.external.iter().for_each(Process::thaw);
        self.process.thaw();
    }

    /// Kills its runtime. Its extensions, if it has any, are ended in order once the runtime has ended.
    pub(super) fn kill(&self, reason: &'static str) {
        let _first_reason = self.reason.set(reason);
        self.process.kill();
    }

    /// Ends it in order and waits for that (bounded): without extensions it is killed, as on AWS.
    pub(super) async fn end(&self, reason: &'static str) {
        let _first_reason = self.reason.set(reason);
        if !self.extensions.any() {
            self.process.end(Duration::ZERO).await;
            return;
        }
        self.thaw();
        self.process.end(RUNTIME_GRACE).await;
        // Whoever watches the runtime ends the extensions now.
        for extension in &self.external {
            extension.wait_exit_within(EXTENSIONS_GRACE + Duration::from_millis(200)).await;
        }
    }

    /// Gives the extensions the event of the end, and a bounded time for it. For whoever watches the runtime, once it
    /// has ended.
    pub(super) async fn end_extensions(&self) {
        if !self.extensions.any() {
            return;
        }
        self.external.iter().for_each(Process::thaw);
        let shutdown_reason = self.reason.get().copied().unwrap_or("failure");
        let kind = EventKind::Shutdown { shutdown_reason };
        self.extensions.shutdown(&Event { event_type: "SHUTDOWN", deadline_ms: deadline_ms(EXTENSIONS_GRACE), kind });
        let ended = async {
            for extension in &self.external {
                extension.wait_exit().await;
            }
        };
        let _late = timeout(EXTENSIONS_GRACE, ended).await;
        self.external.iter().for_each(Process::kill);
    }

    /// CPU time that it has used so far, its extensions included; nothing where that can't be read.
    pub(super) fn cpu_time(&self) -> Option<Duration> {
        cpu_time(&self.process, &self.external)
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

fn cpu_time(process: &Process, external: &[Process]) -> Option<Duration> {
    external.iter().chain([process]).map(Process::cpu_time).sum()
}

/// Returns when one of them has ended.
async fn any_exit(processes: &[Process]) {
    while processes.iter().all(|process| process.exit().is_none()) {
        if processes.is_empty() {
            std::future::pending::<()>().await;
        }
        sleep(Duration::from_millis(5)).await;
    }
}
