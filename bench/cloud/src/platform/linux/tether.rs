//! Children end with the lab, by the kernel's parent-death signal.
//!
//! Limit, known: the signal reaches the child, not the child's own children. A service that forks workers leaves them
//! behind if the lab is killed with SIGKILL.

use std::io;

use rustix::io::Errno;
use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};

/// What ties one child to the lab: here nothing, for the kernel keeps it.
#[derive(Debug)]
pub(crate) struct Tether;

impl Tether {
    /// For a child that is about to be started.
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// What the child does between fork and exec: two plain system calls, and errors made of integers. It must be
    /// forked by a thread that lasts as long as the lab, for the signal fires when the forking *thread* ends.
    pub(crate) fn tie(&self) -> impl Fn() -> io::Result<()> + Send + Sync + 'static {
        let parent = getpid();
        move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // If the parent died before the line above, nobody would ever send the signal.
            if getppid() == Some(parent) { Ok(()) } else { Err(io::Error::from(Errno::SRCH)) }
        }
    }

    /// The child is over, or was never started. To be called before its id can be a stranger's.
    pub(crate) fn release(&self) {}
}
