//! The execution environments of one function: who is idle, who must be started, who is refused.
//!
//! Each takes one call at a time; the one that was used last is taken first, so that the others get to be idle long enough
//! to be ended. What runs inside of them is not known here.

/// Environments by their numbers, counted from 0.
#[derive(Clone, Debug)]
pub struct Environments {
    keep_idle_ms: f64,
    concurrency: u32,
    /// Idle ones and since when, the one that was used last at the end.
    idle: Vec<(u32, f64)>,
    started: u32,
    busy: u32,
    most: u32,
}

/// What a call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// An environment that has served before.
    Warm(u32),
    /// One that must be started.
    Cold(u32),
    /// None: all that there may be are busy.
    Throttled,
}

impl Environments {
    /// None yet. An idle one is kept so long; no more than `concurrency` are busy together.
    #[must_use]
    pub fn new(keep_idle_ms: f64, concurrency: u32) -> Self {
        Self { keep_idle_ms, concurrency, idle: Vec::new(), started: 0, busy: 0, most: 0 }
    }

    /// Takes one for a call at `now_ms`.
    #[inline]
    pub fn acquire(&mut self, now_ms: f64) -> Acquired {
        if self.busy >= self.concurrency {
            return Acquired::Throttled;
        }
        self.busy += 1;
        self.most = self.most.max(self.busy);
        match self.idle.pop() {
            Some((environment, since)) if now_ms - since <= self.keep_idle_ms => return Acquired::Warm(environment),
            // All others have been idle for longer.
            Some(_) => self.idle.clear(),
            None => {}
        }
        self.started += 1;
        Acquired::Cold(self.started - 1)
    }

    /// Gives one back.
    #[inline]
    pub fn release(&mut self, environment: u32, now_ms: f64) {
        self.busy -= 1;
        self.idle.push((environment, now_ms));
    }

    /// How many were started.
    #[must_use]
    pub fn started(&self) -> u32 {
        self.started
    }

    /// How many were busy together at most.
    #[must_use]
    pub fn most_busy(&self) -> u32 {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_last_is_taken_first_and_one_idle_for_too_long_never() {
        let mut environments = Environments::new(100.0, 10);
        assert_eq!([0, 1].map(|_| environments.acquire(0.0)), [Acquired::Cold(0), Acquired::Cold(1)]);
        environments.release(1, 1.0);
        environments.release(0, 2.0);
        assert_eq!(environments.acquire(50.0), Acquired::Warm(0));
        assert_eq!(environments.acquire(102.0), Acquired::Cold(2));
        assert_eq!((environments.started(), environments.most_busy()), (3, 2));
    }

    #[test]
    fn a_call_beyond_the_concurrency_is_refused() {
        let mut environments = Environments::new(100.0, 1);
        assert_eq!(environments.acquire(0.0), Acquired::Cold(0));
        assert_eq!(environments.acquire(0.0), Acquired::Throttled);
    }
}
