//! oha ends with whoever started it, killed or not: else it would go on calling what nobody measures, and on AWS each call
//! is paid for.

use std::time::Duration;

use rustix::process::{Pid, Signal, getppid, kill_current_process_group};

/// The variable by which it knows who started it: that one may have ended before this process could look.
pub const VARIABLE: &str = "LAB_LOAD_PARENT";

/// How often it looks. The kernel's own signal (`PR_SET_PDEATHSIG`) is Linux's alone, and of threads.
const EVERY: Duration = Duration::from_millis(100);

/// Ends this process's group when its parent has ended: the group is its own, for its parent made it so.
pub(crate) fn follow() {
    let named = std::env::var(VARIABLE).ok().and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
    let parent = named.or_else(getppid);
    std::thread::spawn(move || {
        while getppid() == parent {
            std::thread::sleep(EVERY);
        }
        let _ = kill_current_process_group(Signal::KILL);
    });
}
