//! The process that is measured: started on its core, its CPU time, its end.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// A running server; killed when dropped.
pub(crate) struct Host {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// The command of the peer: this binary again.
pub(crate) fn bare() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this binary has a path"));
    command.arg("--serve-bare");
    command
}

/// The command of our server.
pub(crate) fn ours() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command.env("LISTEN", "127.0.0.1:0").env("STORE", "memory:");
    command
}

/// The cores that this process may use, in order.
pub(crate) fn cores() -> Vec<usize> {
    let set = sched_getaffinity(None).expect("Linux has it");
    (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
}

/// Keeps this thread, and what it starts, on `core`.
pub(crate) fn pin_self(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).expect("the core is one of ours");
}

impl Host {
    /// Starts `command` on `core` (so that it sees one core from its beginning) and waits for
    /// its line.
    pub(crate) fn start(mut command: Command, core: usize) -> Self {
        pin_self(core);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the server announces itself");
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.parse().ok());
        Self { child, address: address.expect("the server prints its address") }
    }

    /// CPU time of all threads so far, in µs. From `schedstat`, which counts nanoseconds where
    /// `stat` counts ticks of 10 ms.
    pub(crate) fn cpu_us(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let of_task = |task: std::io::Result<std::fs::DirEntry>| {
            let path = task.expect("the server is running").path().join("schedstat");
            let text = std::fs::read_to_string(path).expect("Linux has it");
            let nanoseconds = text.split(' ').next().and_then(|first| first.parse::<f64>().ok());
            nanoseconds.expect("the first field is the time on a core") / 1e3
        };
        tasks.expect("the server is running").map(of_task).sum()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
