//! The environments of one function: who is idle, who waits, who must be started, frozen or ended.
//!
//! Plain data behind one lock, taken for a few instructions at a time; nothing here waits.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::environment::Environment;
use super::start_failure::StartFailure;

/// What a waiting caller gets.
pub(super) type Given = Result<Arc<Environment>, Unavailable>;

/// Why a caller gets no environment.
#[derive(Debug)]
pub(super) enum Unavailable {
    Failed(StartFailure),
    ShuttingDown,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// The most recently used one is last, and is taken first: the others get to be idle long enough to go.
    idle: Vec<Idle>,
    /// **Invariant:** never more than are being started, so that none waits in vain.
    waiting: VecDeque<oneshot::Sender<Given>>,
    starting: usize,
    all: HashMap<u64, Arc<Environment>>,
    generation: u64,
    closed: bool,
    janitor_awake: bool,
    /// Invocations admitted and not yet over.
    pub(super) in_flight: u32,
}

#[derive(Debug)]
struct Idle {
    environment: Arc<Environment>,
    since: Instant,
}

/// What came of asking for an environment.
pub(super) enum Acquired {
    Warm(Arc<Environment>),
    /// One comes by the receiver: it is being started, or becomes free first. Whether one more must be started for it.
    Wait(oneshot::Receiver<Given>, bool),
    ShuttingDown,
}

/// What must be done after giving one back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Todo {
    /// Start an environment (it is counted already).
    pub(super) start: bool,
    /// Wake the janitor.
    pub(super) wake_janitor: bool,
}

impl Pool {
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// How many environments are being started.
    pub(super) fn starting(&self) -> usize {
        self.starting
    }

    pub(super) fn acquire(&mut self) -> Acquired {
        if self.closed {
            return Acquired::ShuttingDown;
        }
        if let Some(Idle { environment, .. }) = self.idle.pop() {
            environment.thaw();
            return Acquired::Warm(environment);
        }
        let (give, given) = oneshot::channel();
        self.waiting.push_back(give);
        // A start whose caller was served by a freed environment is left over, and ahead of any new one: with slow starts
        // four callers would otherwise have dozens of environments.
        let start = self.waiting.len() > self.starting;
        self.starting += usize::from(start);
        Acquired::Wait(given, start)
    }

    /// A start has ended.
    pub(super) fn started(&mut self, result: Result<Arc<Environment>, StartFailure>) -> Todo {
        self.starting -= 1;
        match result {
            Ok(environment) => {
                self.all.insert(environment.id, Arc::clone(&environment));
                self.release(environment)
            }
            Err(failure) => {
                // If a freed environment has served someone meanwhile, a start is left over, and nobody's.
                if self.waiting.len() > self.starting
                    && let Some(waiting) = self.waiting.pop_front()
                {
                    let _gone = waiting.send(Err(Unavailable::Failed(failure)));
                }
                Todo::default()
            }
        }
    }

    /// An environment is free: for whoever waits longest, or to be idle.
    pub(super) fn release(&mut self, mut environment: Arc<Environment>) -> Todo {
        if self.closed || environment.generation != self.generation {
            environment.kill("spindown");
            let start = !self.closed && self.waiting.len() > self.starting;
            self.starting += usize::from(start);
            return Todo { start, wake_janitor: false };
        }
        while let Some(waiting) = self.waiting.pop_front() {
            match waiting.send(Ok(environment)) {
                Ok(()) => return Todo::default(),
                Err(Ok(back)) => environment = back,
                Err(Err(_)) => unreachable!("what comes back is what was sent: an environment"),
            }
        }
        self.idle.push(Idle { environment, since: Instant::now() });
        Todo { start: false, wake_janitor: !std::mem::replace(&mut self.janitor_awake, true) }
    }

    /// An environment's process has ended.
    pub(super) fn remove(&mut self, id: u64) {
        self.all.remove(&id);
        self.idle.retain(|idle| idle.environment.id != id);
    }

    /// Freezes what has been idle long enough. Returns what has been idle for too long, to be ended, and when to look
    /// again; `None`: when woken.
    pub(super) fn tidy(
        &mut self,
        freeze_after: Duration,
        keep_idle: Duration,
    ) -> (Vec<Arc<Environment>>, Option<Duration>) {
        let now = Instant::now();
        let old = |idle: &mut Idle| now.duration_since(idle.since) >= keep_idle;
        let ended = self.idle.extract_if(.., old).map(|idle| idle.environment).collect();
        let mut running = false;
        for Idle { environment, since } in &self.idle {
            if now.duration_since(*since) >= freeze_after {
                environment.freeze();
            } else {
                running = true;
            }
        }
        self.janitor_awake = running;
        let oldest = self.idle.first().map(|oldest| keep_idle.saturating_sub(now.duration_since(oldest.since)));
        (ended, if running { Some(freeze_after) } else { oldest })
    }

    /// From now on all present environments are old: idle ones are returned to be ended, busy ones end when
    /// they become free.
    pub(super) fn retire(&mut self) -> Vec<Arc<Environment>> {
        self.generation += 1;
        self.idle.drain(..).map(|idle| idle.environment).collect()
    }

    /// From now on it takes no invocations; returns all environments, to be ended.
    pub(super) fn close(&mut self) -> Vec<Arc<Environment>> {
        self.closed = true;
        for waiting in self.waiting.drain(..) {
            let _gone = waiting.send(Err(Unavailable::ShuttingDown));
        }
        self.idle.clear();
        self.all.values().cloned().collect()
    }

    /// Whether nothing runs or starts any more.
    pub(super) fn is_over(&self) -> bool {
        self.starting == 0 && self.all.is_empty()
    }

    /// All environments that run.
    pub(super) fn environments(&self) -> impl Iterator<Item = &Arc<Environment>> {
        self.all.values()
    }
}
