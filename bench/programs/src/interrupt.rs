//! How a program is interrupted: SIGINT, then SIGINT again, then SIGKILL, each after a bounded wait. A person who interrupts
//! the lab once more ends a wait; the third time the lab ends, and the program is left to a guard that kills it a little
//! later. It decides only; the group sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How long a program may take to end by itself once it was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace {
    /// After the first SIGINT: it writes down what it has done.
    pub first: Duration,
    /// After the second one: it stops where it is.
    pub second: Duration,
}

impl Grace {
    /// For programs that change nothing.
    pub const SHORT: Self = Self { first: Duration::from_secs(2), second: Duration::from_secs(1) };
    /// For programs that change something outside: Terraform finishes the operations that it has begun, of which the
    /// longest takes some 20 minutes, and stops at once at the second signal.
    pub const LONG: Self = Self { first: Duration::from_secs(30 * 60), second: Duration::from_secs(60) };
}

/// After SIGKILL: only a process that the kernel can't end is still there, and no wait ends that.
const KILLED_WAIT: Duration = Duration::from_secs(5);

/// One interruption, from its first signal on.
pub(crate) struct Interruption {
    grace: Grace,
    step: Step,
    /// When the present step is over.
    deadline: Instant,
    again: Again,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    First,
    Second,
    Killed,
}

/// What is to be done next.
pub(crate) enum Next {
    Wait,
    Send(Signal),
    /// Nobody waits for it any more: a guard kills it.
    Leave,
    GiveUp,
}

impl Interruption {
    /// Begins: SIGINT is to be sent now.
    pub(crate) fn begin(grace: Grace) -> (Self, Signal) {
        let begun = Self { grace, step: Step::First, deadline: Instant::now() + grace.first, again: Again::listen() };
        (begun, Signal::INT)
    }

    /// The next thing to do while the program still runs.
    pub(crate) fn next(&mut self) -> Next {
        let (over, again) = (Instant::now() >= self.deadline, self.again.take());
        match self.step {
            Step::First if over || again => {
                self.enter(Step::Second, self.grace.second);
                Next::Send(Signal::INT)
            }
            Step::Second | Step::Killed if again => Next::Leave,
            Step::Second if over => {
                self.enter(Step::Killed, KILLED_WAIT);
                Next::Send(Signal::KILL)
            }
            Step::Killed if over => Next::GiveUp,
            Step::First | Step::Second | Step::Killed => Next::Wait,
        }
    }

    fn enter(&mut self, step: Step, wait: Duration) {
        (self.step, self.deadline) = (step, Instant::now() + wait);
    }
}

/// Notices that the lab is interrupted once more.
struct Again {
    raised: Arc<AtomicBool>,
    registered: Vec<SigId>,
}

impl Again {
    fn listen() -> Self {
        let raised = Arc::new(AtomicBool::new(false));
        let register = |signal| signal_hook::flag::register(signal, Arc::clone(&raised)).ok();
        let registered = [SIGINT, SIGTERM, SIGHUP].into_iter().filter_map(register).collect();
        Self { raised, registered }
    }

    fn take(&self) -> bool {
        self.raised.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        for &id in &self.registered {
            signal_hook::low_level::unregister(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(interruption: &mut Interruption) -> Option<Signal> {
        match interruption.next() {
            Next::Send(signal) => Some(signal),
            Next::Wait | Next::Leave | Next::GiveUp => None,
        }
    }

    #[test]
    fn another_interrupt_ends_a_wait() {
        let long = Duration::from_secs(3600);
        let (mut interruption, first) = Interruption::begin(Grace { first: long, second: long });
        assert_eq!((first, sent(&mut interruption)), (Signal::INT, None));
        interruption.again.raised.store(true, Ordering::Relaxed);
        assert_eq!(sent(&mut interruption), Some(Signal::INT));
        assert_eq!(sent(&mut interruption), None);
        interruption.again.raised.store(true, Ordering::Relaxed);
        assert!(matches!(interruption.next(), Next::Leave), "the lab ends");
    }

    #[test]
    fn every_wait_is_bounded() {
        let (mut interruption, _) = Interruption::begin(Grace { first: Duration::ZERO, second: Duration::ZERO });
        assert_eq!(sent(&mut interruption), Some(Signal::INT));
        assert_eq!(sent(&mut interruption), Some(Signal::KILL));
        interruption.again.raised.store(true, Ordering::Relaxed);
        assert!(matches!(interruption.next(), Next::Leave), "nobody has to wait for what is killed");
        interruption.deadline = Instant::now();
        assert!(matches!(interruption.next(), Next::GiveUp));
    }
}
