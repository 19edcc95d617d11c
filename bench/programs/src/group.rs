//! A running program and the process group that it leads. Dropped before its end, it is interrupted in order, which blocks
//! for a bounded time: what changes AWS must be able to write down what it did before the lab goes on.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

use crate::interrupt::{Grace, Interruption, Next};
use crate::notice;

/// How often an interrupted program is looked at.
const POLL: Duration = Duration::from_millis(20);

/// What ends sooner than this ends without a word.
const QUIET: Duration = Duration::from_secs(1);

/// Kills the process group `$1` once it has had five seconds to end. A group's number is not given to others while one of
/// its processes lives.
const GUARD: &str =
    "n=0; while kill -s 0 -- -$1 && [ $n -lt 50 ]; do n=$((n + 1)); sleep 0.1; done; kill -s KILL -- -$1";

/// A program at work.
pub(crate) struct Group {
    pub(crate) child: Child,
    /// As a person would paste it.
    command: String,
    /// The group's, which is the leader's; nothing once both are over.
    id: Option<Pid>,
    grace: Grace,
    interruption: Option<Interruption>,
}

impl Group {
    /// The group that a child leads.
    pub(crate) fn new(child: Child, command: String, grace: Grace) -> Self {
        let id = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Self { child, command, id, grace, interruption: None }
    }

    /// Waits for the leader's end, and ends whatever it has left behind in its group.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.ended();
        Ok(status)
    }

    /// Interrupts it, and waits until it has ended.
    pub(crate) async fn interrupt(&mut self) {
        while self.is_still_there() {
            tokio::time::sleep(POLL).await;
        }
    }

    /// Goes on with the interruption, and begins it first. False when there is nothing more to wait for.
    fn is_still_there(&mut self) -> bool {
        if self.id.is_none() {
            return false;
        }
        if !matches!(self.child.try_wait(), Ok(None)) {
            self.ended();
            return false;
        }
        let next = match &mut self.interruption {
            Some(interruption) => interruption.next(),
            None => {
                let (interruption, first) = Interruption::begin(self.grace);
                self.interruption = Some(interruption);
                Next::Send(first)
            }
        };
        match next {
            Next::Wait => true,
            Next::Send(signal) => {
                self.send(signal);
                true
            }
            Next::Leave => {
                self.leave();
                false
            }
            Next::GiveUp => {
                notice!("lab: `{}` does not end, not even when killed", self.command);
                self.id = None;
                false
            }
        }
    }

    fn ended(&mut self) {
        // A process that the leader has left behind would hold the pipes, and work on unseen. The group's number is not
        // given to others while one of its processes lives.
        self.send(Signal::KILL);
        self.id = None;
    }

    /// Leaves it to a guard that outlives the lab: what it has done, it can still write down.
    fn leave(&mut self) {
        let Some(id) = self.id.take() else { return };
        let mut guard = Command::new("/bin/sh");
        guard.args(["-c", GUARD, "guard"]).arg(id.to_string()).process_group(0);
        guard.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match guard.spawn() {
            Ok(_) => notice!("lab: `{}` is not waited for; it is killed in 5 s unless it has ended", self.command),
            Err(_) => drop(kill_process_group(id, Signal::KILL)),
        }
    }

    fn send(&self, signal: Signal) {
        if let Some(id) = self.id {
            // That nobody is left in it is no failure.
            let _ = kill_process_group(id, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let begun = Instant::now();
        let mut noted = false;
        while self.is_still_there() {
            if !noted && begun.elapsed() > QUIET {
                noted = true;
                notice!("lab: waiting for `{}` to end; Ctrl-C again ends it at once", self.command);
            }
            std::thread::sleep(POLL);
        }
    }
}
