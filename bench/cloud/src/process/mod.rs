//! Child processes: spawned, watched, frozen, ended; never orphaned.
//!
//! Everything that the lab deploys runs as one of these. A process leads a process group of its own, and
//! that group is what is frozen, thawed and killed. Three things end it: [`Process::end`], dropping the
//! [`Process`], and the death of the lab itself, even by SIGKILL (`platform`'s tether).
//!
//! Limit, known: Linux's parent-death signal reaches the child, not the child's own children. A service
//! that forks workers leaves them behind if the lab is killed with SIGKILL; every other way out ends them,
//! because the whole group is signalled, and descendants that have left it (`setsid`) are looked up and killed one by
//! one. A daemon, whose parent ended before, is found by what is unique in its environment ([`ProcessSpec::mark`]).
//!
//! It must not know what it runs: no Lambda, no HTTP; nor which system it runs on.

mod child;
mod cpu;
mod memory;
mod output;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt, io,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rustix::process::{Signal, test_kill_process_group};
use tokio::{sync::watch, time::timeout};

use self::child::Group;
use self::cpu::Cgroup;
pub use self::cpu::{CpuApplied, CpuShare, CpuUnavailable, Hierarchy, cpu_support};
pub use self::output::{Lines, LogTail, Output};
use crate::platform::{cpu_time, exit};

/// What to run, and how.
#[derive(Clone, Debug, Default)]
pub struct ProcessSpec {
    /// The executable; relative paths are searched in `PATH` of the lab.
    pub program: PathBuf,
    /// Its arguments, without the program's own name.
    pub args: Vec<OsString>,
    /// Its whole environment: nothing is inherited.
    pub env: BTreeMap<OsString, OsString>,
    /// A variable of `env`, as `NAME=value`, that no other process on this machine has: by it what it left behind as a
    /// daemon is found and killed with it (Linux).
    pub mark: Option<OsString>,
    /// Where it starts; the lab's own folder if `None`.
    pub current_dir: Option<PathBuf>,
    /// What it may use.
    pub limits: Limits,
    /// Where its standard output goes.
    pub stdout: Output,
    /// Where its standard error goes.
    pub stderr: Output,
}

/// What a process may use.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Limits {
    /// Resident memory of the process and its descendants, in bytes; unlimited if `None`.
    pub memory_bytes: Option<u64>,
    /// CPU time of the process and its descendants; unlimited if `None`.
    pub cpu: Option<CpuShare>,
}

impl Limits {
    /// No more than `bytes` of resident memory.
    pub fn memory(bytes: u64) -> Self {
        Self { memory_bytes: Some(bytes), ..Self::default() }
    }

    /// And this share of the processor.
    #[must_use]
    pub fn with_cpu(self, cpu: Option<CpuShare>) -> Self {
        Self { cpu, ..self }
    }
}

/// How the memory limit is held: a prediction must be able to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitApplied {
    /// None was set.
    Unlimited,
    /// Resident memory is read every 50 ms and the group killed above the limit: it can be overshot by what
    /// is touched between two readings. A memory cgroup would be exact, but nobody has delegated one to the
    /// lab, and moving processes out of the group they were started in hides them from whoever made it.
    Watched,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Exit status of the group's leader.
    pub status: ExitStatus,
    /// Whether it was killed for exceeding its memory limit.
    pub out_of_memory: bool,
}

impl fmt::Display for Exit {
    /// In the words of AWS's logs: `exit status 1`, `signal: killed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => write!(f, "exit status {code}"),
            (None, Some(9)) => f.write_str("signal: killed"),
            (None, Some(6)) => f.write_str("signal: aborted"),
            (None, Some(11)) => f.write_str("signal: segmentation fault"),
            (None, Some(15)) => f.write_str("signal: terminated"),
            (None, Some(signal)) => write!(f, "signal: {signal}"),
            (None, None) => f.write_str("unknown status"),
        }
    }
}

/// Why a process could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The executable could not be started.
    #[error("cannot start {}; check that it exists, is executable, and is not in a folder mounted noexec (TMPDIR)", program.display())]
    Spawn {
        /// The executable.
        program: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// It started, but its end or output cannot be watched.
    #[error("cannot watch process {pid} ({})", exit::NEEDS)]
    Watch {
        /// Its process id.
        pid: i32,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
}

/// A running child process and its group. Dropping it kills the group.
#[derive(Debug)]
pub struct Process {
    group: Arc<Group>,
    frozen: AtomicBool,
    limit: LimitApplied,
    cpu: Mutex<CpuApplied>,
    exit: watch::Receiver<Option<Exit>>,
}

/// What the tasks that look after a process share with its owner.
#[derive(Debug, Default)]
struct Observed {
    peak_memory_bytes: AtomicU64,
    out_of_memory: AtomicBool,
}

impl Process {
    /// Starts a process. It must be called inside a tokio runtime, which must outlive the process.
    pub async fn spawn(spec: ProcessSpec) -> Result<Self, ProcessError> {
        let mut command = Command::new(&spec.program);
        command.args(&spec.args).env_clear().envs(&spec.env);
        command.stdin(Stdio::null()).stdout(spec.stdout.stdio()).stderr(spec.stderr.stdio());
        if let Some(folder) = &spec.current_dir {
            command.current_dir(folder);
        }
        let (cgroup, refused) = match spec.limits.cpu.map(Cgroup::create) {
            None => (None, CpuApplied::Unlimited),
            Some(Ok(cgroup)) => (Some(cgroup), CpuApplied::Unlimited),
            Some(Err(unavailable)) => (None, CpuApplied::NotApplied(unavailable)),
        };
        let exec = child::Exec::new(&spec.program, &spec.args, &spec.env);
        let mut leader = child::spawn(command, exec, cgroup, spec.mark)
            .await
            .map_err(|source| ProcessError::Spawn { program: spec.program.clone(), source })?;
        let group = leader.group();
        let watch_error = |source| ProcessError::Watch { pid: group.pid(), source };
        let stdout = output::read(leader.stdout(), spec.stdout).map_err(watch_error)?;
        let stderr = output::read(leader.stderr(), spec.stderr).map_err(watch_error)?;
        let exit = leader.watch(stdout, stderr).map_err(watch_error)?;
        let limit = match spec.limits.memory_bytes {
            None => LimitApplied::Unlimited,
            Some(bytes) => {
                tokio::spawn(memory::enforce(Arc::clone(&group), bytes, exit.clone()));
                LimitApplied::Watched
            }
        };
        let cpu = Mutex::new(group.cpu_applied().unwrap_or(refused));
        Ok(Self { group, frozen: AtomicBool::new(false), limit, cpu, exit })
    }

    /// Its process id, which is its group's too.
    pub fn pid(&self) -> i32 {
        self.group.pid()
    }

    /// CPU time that it has used so far, its children's left out; nothing where that can't be read.
    pub fn cpu_time(&self) -> Option<Duration> {
        cpu_time::of(self.pid())
    }

    /// How its memory limit is held.
    pub fn limits_applied(&self) -> LimitApplied {
        self.limit
    }

    /// How its CPU share is held.
    pub fn cpu_applied(&self) -> CpuApplied {
        self.cpu.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives it another share of the processor, at once. Nothing happens to one that was started without.
    pub fn set_cpu(&self, share: CpuShare) {
        if let Err(unavailable) = self.group.set_cpu(share) {
            *self.cpu.lock().unwrap_or_else(PoisonError::into_inner) = CpuApplied::NotApplied(unavailable);
        }
    }

    /// Stops the whole group where it stands (SIGSTOP). Nothing of it runs until [`Self::thaw`].
    pub fn freeze(&self) {
        if !self.frozen.swap(true, Ordering::AcqRel) {
            self.group.signal(Signal::STOP);
        }
    }

    /// Lets a frozen group go on; nothing happens to a running one.
    pub fn thaw(&self) {
        if self.frozen.swap(false, Ordering::AcqRel) {
            self.group.signal(Signal::CONT);
        }
    }

    /// Whether it is frozen.
    pub fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::Acquire)
    }

    /// Its end, if it has ended.
    pub fn exit(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Waits until it has ended and what it printed has been read. It may wait for ever: bound it.
    ///
    /// `None` if the runtime that watched it has ended.
    pub async fn wait_exit(&self) -> Option<Exit> {
        self.exit.clone().wait_for(Option::is_some).await.ok().and_then(|exit| *exit)
    }

    /// As [`Self::wait_exit`], for so long.
    pub async fn wait_exit_within(&self, patience: Duration) -> Option<Exit> {
        timeout(patience, self.wait_exit()).await.ok().flatten()
    }

    /// A handle that waits for its end and does not keep it running.
    pub fn exit_watch(&self) -> ExitWatch {
        ExitWatch(self.exit.clone())
    }

    /// Asks the group to end (SIGTERM), kills it after `grace`, and reaps it. Zero kills at once.
    pub async fn end(&self, grace: Duration) -> Option<Exit> {
        self.peak_memory_bytes();
        if !grace.is_zero() {
            self.group.signal(Signal::TERM);
            // A stopped process would not see the signal before it goes on.
            self.group.signal(Signal::CONT);
            if let Ok(exit) = timeout(grace, self.wait_exit()).await {
                return exit;
            }
        }
        self.kill();
        // A killed process ends unless the kernel holds it (a dead network disk): don't wait for that.
        timeout(Duration::from_secs(2), self.wait_exit()).await.ok().flatten()
    }

    /// Kills the group at once, without waiting.
    pub fn kill(&self) {
        self.group.signal(Signal::KILL);
    }

    /// The most resident memory it has had, in bytes: the sum of the peaks of it and its descendants (on macOS, of
    /// their physical footprints).
    ///
    /// After its end it is the last value seen, by this call, by the memory watch, or by [`Self::end`].
    pub fn peak_memory_bytes(&self) -> u64 {
        memory::peak(&self.group)
    }

    /// A handle to its peak memory that outlives it.
    pub fn memory(&self) -> MemoryMeter {
        MemoryMeter { group: Arc::clone(&self.group) }
    }

    /// Whether any process of the group is left.
    pub fn group_is_alive(&self) -> bool {
        test_kill_process_group(self.group.id()).is_ok()
    }
}

/// Waits for the end of a process; see [`Process::exit_watch`].
#[derive(Clone, Debug)]
pub struct ExitWatch(watch::Receiver<Option<Exit>>);

impl ExitWatch {
    /// Waits until it has ended.
    pub async fn wait(mut self) {
        let _ended_or_unwatched = self.0.wait_for(Option::is_some).await;
    }
}

/// Reads the peak memory of a process, also after its end; see [`Process::peak_memory_bytes`].
#[derive(Clone, Debug)]
pub struct MemoryMeter {
    group: Arc<Group>,
}

impl MemoryMeter {
    /// The most resident memory seen, in bytes.
    pub fn peak_bytes(&self) -> u64 {
        memory::peak(&self.group)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
