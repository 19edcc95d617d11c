//! Why an environment did not start, or ended while it was needed, in the words that Lambda answers its caller with.

use std::path::Path;
use std::time::Duration;

use rustix::fs::{StatVfsMountFlags, statvfs};
use uuid::Uuid;

use super::config::FunctionConfig;
use super::outcome::FunctionError;
use super::runtime_api::extension_failure;
use crate::process::{Exit, ProcessError};

/// Why no environment came up.
#[derive(Debug)]
pub(super) enum StartFailure {
    /// The runtime reported it, by `init/error`.
    Reported(FunctionError),
    /// It ended before it asked for work.
    Exited(Option<Exit>),
    /// It did not ask for work in time.
    TimedOut(Duration),
    /// What is to be run can't be.
    Entrypoint(String),
    /// An extension can't be started, or ended before the runtime was ready.
    Extension(&'static str, String),
    /// No port for its Runtime API, or its process can't be watched.
    Sandbox(String),
}

impl StartFailure {
    /// An extension ended before the runtime was ready.
    pub(super) fn crash() -> Self {
        Self::Extension("Extension.Crash", "process".to_owned())
    }

    /// What the caller of `request` gets.
    pub(super) fn into_error(self, request: Uuid) -> FunctionError {
        match self {
            Self::Reported(error) => error,
            Self::Exited(exit) => exit_error(exit, request),
            Self::TimedOut(after) => timeout_error(after, request),
            Self::Entrypoint(what) => FunctionError::unhandled("Runtime.InvalidEntrypoint", request, &what),
            Self::Extension(kind, name) => extension_failure(kind, &name, request),
            Self::Sandbox(what) => FunctionError::unhandled("Sandbox.Failure", request, &what),
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

/// Why a program was not started, in AWS's words: `fork/exec PATH: exec format error`. A `bootstrap` that is missing
/// has a message of its own, and a folder whose mount forbids programs is named.
pub(super) fn entrypoint_error(error: &ProcessError, config: &FunctionConfig) -> String {
    let ProcessError::Spawn { program, source } = error else { return error.to_string() };
    if config.runtime.is_none() && !program.exists() {
        return format!("Couldn't find valid bootstrap(s): [{} /opt/bootstrap]", program.display());
    }
    let reason = match source.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(rustix::io::Errno::NOEXEC) => "exec format error".to_owned(),
        Some(rustix::io::Errno::NOENT) => "no such file or directory".to_owned(),
        Some(rustix::io::Errno::ACCESS) => match noexec_mount(program) {
            Some(folder) => {
                let folder = folder.display();
                format!("permission denied: {folder} is mounted noexec; set TMPDIR to a folder where programs may run")
            }
            None => "permission denied".to_owned(),
        },
        _ => source.to_string(),
    };
    format!("fork/exec {}: {reason}", program.display())
}

/// The folder of a program, if its mount forbids programs.
fn noexec_mount(program: &Path) -> Option<&Path> {
    let folder = program.parent()?;
    statvfs(folder).ok().filter(|mount| mount.f_flag.contains(StatVfsMountFlags::NOEXEC)).map(|_| folder)
}
