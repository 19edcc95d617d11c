//! Server processes: a long-running service, started from its executable and known by its address.
//!
//! The lab's own prints one line, `listening on http://ADDR`, once it accepts connections; another one is given a port, and
//! requested until it answers. This module knows nothing of fronts, stores and ways.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::client;
use crate::entrypoint::Entrypoint;
use crate::process::{CpuApplied, CpuShare, Exit, Limits, LogTail, Output, Process, ProcessError, ProcessSpec};

/// What a server prints before its address when it is ready.
const READY: &str = "listening on http://";

/// The variable that has a server's address and port.
pub(crate) const LISTEN: &str = "LISTEN";

/// How long a server may take to be ready. The slowest, Python on a quarter of a CPU, takes about ten seconds.
pub const START_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a server that has closed its standard output may take to end by itself, so that its own exit
/// status is seen.
const EXIT_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a server may take to drain after SIGTERM before it is killed: it serves calls of milliseconds.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// Lines of standard output kept until they are read: one is expected.
const STDOUT_LINES: usize = 16;

/// How much of standard error is kept, in bytes: the reason of an early end is in its last line.
const STDERR_BYTES: usize = 16 * 1024;

/// How to start a server; the same each time.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// What starts it.
    pub entrypoint: Entrypoint,
    /// Its whole environment but `LISTEN` and the entrypoint's own.
    pub env: BTreeMap<String, String>,
    /// Memory of its instance or task, in MiB.
    pub memory_mib: u64,
    /// Its share of the processor; all of it if `None`.
    pub cpu: Option<CpuShare>,
    /// Where it listens; a free port of loopback if `None`.
    pub listen: Option<SocketAddr>,
    /// How long it may take to be ready; [`START_TIMEOUT`] unless there is a reason.
    pub start_timeout: Duration,
    /// How it learns where to listen, and how it is known to be ready.
    pub ready: Ready,
}

/// How a server learns where to listen, and how it is known to be ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ready {
    /// By `LISTEN`; it prints a line with its address.
    #[default]
    Line,
    /// By a port in a variable; it answers a request.
    Port {
        /// The variable's name.
        variable: String,
        /// The path that is requested: any answer below 500 is one of a server that is ready.
        health: String,
        /// The folder that it starts in.
        folder: PathBuf,
    },
}

/// How often a server is requested until it answers.
const POLL: Duration = Duration::from_millis(2);

/// How long one of these requests may take.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub struct Server {
    process: Process,
    address: SocketAddr,
    init: Duration,
    init_cpu: Option<Duration>,
    log: LogTail,
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The executable did not start.
    #[error("cannot start the server")]
    Spawn(#[source] ProcessError),
    /// It ended before it was ready.
    #[error("the server ended before it was ready ({}): {reason}", exit.map_or("unknown status".to_owned(), |exit| exit.to_string()))]
    Ended {
        /// How it ended, if that is known.
        exit: Option<Exit>,
        /// The last line of its standard error.
        reason: String,
    },
    /// It took more memory than its instance or task has, before it was ready.
    #[error("the server was killed while starting: it took more than its {memory_mib} MiB")]
    OutOfMemory {
        /// What it has, in MiB.
        memory_mib: u64,
    },
    /// It runs, but did not report in time that it is ready.
    #[error("the server was not ready after {} s; its last line was: {reason}", waited.as_secs_f64())]
    NotReady {
        /// How long it had.
        waited: Duration,
        /// The last line of its standard error.
        reason: String,
    },
    /// No port of loopback is free.
    #[error("no port of loopback is free for the server")]
    NoPort(#[source] io::Error),
    /// It named something that is not an address.
    #[error("the server printed `{0}`, which is not an address")]
    Address(String),
}

impl Server {
    /// Starts a server and waits (bounded) until it is ready.
    ///
    /// # Errors
    /// When it does not start, ends early or is not ready in time; then nothing of it is left.
    pub async fn start(config: &ServerConfig) -> Result<Self, ServerError> {
        if let Ready::Port { variable, health, folder } = &config.ready {
            return Self::start_at_port(config, variable, health, folder.clone()).await;
        }
        let log = LogTail::new(STDERR_BYTES);
        let (stdout, mut lines) = Output::stream(STDOUT_LINES);
        let mut env: BTreeMap<OsString, OsString> =
            config.entrypoint.env.iter().chain(&config.env).map(|(name, value)| (name.into(), value.into())).collect();
        let listen = config.listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into());
        env.insert(LISTEN.into(), listen.to_string().into());
        let started = Instant::now();
        let process = Process::spawn(ProcessSpec {
            program: config.entrypoint.program.clone(),
            args: config.entrypoint.args.clone(),
            env,
            limits: Limits::memory(config.memory_mib * 1024 * 1024).with_cpu(config.cpu),
            stdout,
            stderr: Output::tail(&log),
            ..ProcessSpec::default()
        })
        .await
        .map_err(ServerError::Spawn)?;
        let ready = async {
            while let Some(line) = lines.next().await {
                if let Some(address) = line.strip_prefix(READY) {
                    return Some(address.trim_end().to_owned());
                }
            }
            None
        };
        match tokio::time::timeout(config.start_timeout, ready).await {
            Ok(Some(address)) => {
                let (init, init_cpu) = (started.elapsed(), process.cpu_time());
                let address = address.parse().map_err(|_| ServerError::Address(address))?;
                Ok(Self { process, address, init, init_cpu, log })
            }
            // It has closed its standard output: it is ending, or will be ended.
            Ok(None) => {
                let exit = match tokio::time::timeout(EXIT_TIMEOUT, process.wait_exit()).await {
                    Ok(exit) => exit,
                    Err(_) => process.end(Duration::ZERO).await,
                };
                Err(ended(exit, config.memory_mib, &log))
            }
            Err(_) => {
                process.end(Duration::ZERO).await;
                Err(ServerError::NotReady { waited: config.start_timeout, reason: last_line(&log) })
            }
        }
    }

    /// Starts one that gets its port in a variable, and requests it until it answers.
    async fn start_at_port(
        config: &ServerConfig,
        variable: &str,
        health: &str,
        folder: PathBuf,
    ) -> Result<Self, ServerError> {
        let address = match config.listen {
            Some(address) => address,
            None => free_port().map_err(ServerError::NoPort)?,
        };
        let log = LogTail::new(STDERR_BYTES);
        let mut env: BTreeMap<OsString, OsString> =
            config.entrypoint.env.iter().chain(&config.env).map(|(name, value)| (name.into(), value.into())).collect();
        env.insert(variable.into(), address.port().to_string().into());
        let started = Instant::now();
        let process = Process::spawn(ProcessSpec {
            program: config.entrypoint.program.clone(),
            args: config.entrypoint.args_with(variable, &address.port().to_string()),
            env,
            current_dir: Some(folder),
            limits: Limits::memory(config.memory_mib * 1024 * 1024).with_cpu(config.cpu),
            // What it prints may be the reason why it ended, too.
            stdout: Output::tail(&log),
            stderr: Output::tail(&log),
            ..ProcessSpec::default()
        })
        .await
        .map_err(ServerError::Spawn)?;
        let url = format!("http://{address}");
        let ready = async {
            loop {
                match client::get(&url, health, HEALTH_TIMEOUT).await {
                    Ok((status, _)) if !status.is_server_error() => return,
                    _ => tokio::time::sleep(POLL).await,
                }
            }
        };
        tokio::select! {
            () = ready => {
                let (init, init_cpu) = (started.elapsed(), process.cpu_time());
                Ok(Self { process, address, init, init_cpu, log })
            }
            exit = process.wait_exit() => Err(ended(exit, config.memory_mib, &log)),
            () = tokio::time::sleep(config.start_timeout) => {
                process.end(Duration::ZERO).await;
                Err(ServerError::NotReady { waited: config.start_timeout, reason: last_line(&log) })
            }
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From its spawn to its line that it is ready.
    #[must_use]
    pub fn init(&self) -> Duration {
        self.init
    }

    /// CPU time that it took for that; nothing where it can't be read.
    #[must_use]
    pub fn init_cpu(&self) -> Option<Duration> {
        self.init_cpu
    }

    /// CPU time that it has used so far; nothing where that can't be read.
    #[must_use]
    pub fn cpu_time(&self) -> Option<Duration> {
        self.process.cpu_time()
    }

    /// Its process id.
    #[must_use]
    pub fn process_id(&self) -> i32 {
        self.process.pid()
    }

    /// The most resident memory that it has had, in bytes.
    #[must_use]
    pub fn peak_memory_bytes(&self) -> u64 {
        self.process.peak_memory_bytes()
    }

    /// How its CPU share is held.
    #[must_use]
    pub fn cpu_applied(&self) -> CpuApplied {
        self.process.cpu_applied()
    }

    /// Why it no longer runs, if it has ended by itself.
    #[must_use]
    pub fn ended(&self) -> Option<String> {
        self.process.exit().map(|exit| self.reason(exit))
    }

    /// Waits until it has ended by itself and gives the reason. It may wait for ever.
    pub async fn wait_ended(&self) -> String {
        match self.process.wait_exit().await {
            Some(exit) => self.reason(exit),
            // The runtime that watches processes is shutting down.
            None => std::future::pending().await,
        }
    }

    fn reason(&self, exit: Exit) -> String {
        if exit.out_of_memory { "out of memory".to_owned() } else { format!("{exit}: {}", last_line(&self.log)) }
    }

    /// Stops it: SIGTERM, a bounded time to drain, SIGKILL. Gives the most memory that it had, in bytes.
    pub async fn stop(self) -> u64 {
        self.process.end(STOP_GRACE).await;
        self.process.peak_memory_bytes()
    }
}

/// The ports that servers are given: below those that systems give to whoever connects (Linux from 32768, macOS from 49152),
/// so that nobody takes one between its choice and the server's start.
const PORTS: Range<u16> = 20_000..32_000;

/// A port of loopback that nobody has just now, and that no other server of this process was given lately.
///
/// # Errors
/// When there is none, or loopback can't be listened to.
pub(crate) fn free_port() -> io::Result<SocketAddr> {
    static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(fastrand::u32(..)));
    let count = u32::from(PORTS.end - PORTS.start);
    for _ in PORTS {
        let offset = u16::try_from(NEXT.fetch_add(1, Ordering::Relaxed) % count).expect("it is below a u16");
        match TcpListener::bind((Ipv4Addr::LOCALHOST, PORTS.start + offset)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound?.local_addr(),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

fn ended(exit: Option<Exit>, memory_mib: u64, log: &LogTail) -> ServerError {
    match exit {
        Some(exit) if exit.out_of_memory => ServerError::OutOfMemory { memory_mib },
        exit => ServerError::Ended { exit, reason: last_line(log) },
    }
}

fn last_line(log: &LogTail) -> String {
    let text = log.text();
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing on standard error").trim().to_owned()
}
