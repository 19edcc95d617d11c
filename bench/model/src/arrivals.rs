//! When calls come.

/// Who calls, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrivals {
    /// So many clients, each with one call at a time: its next is due so many ms after the answer to the one before.
    Closed {
        /// How many.
        clients: u32,
        /// Between an answer and the next call, in ms.
        think_ms: f64,
        /// What slows each client down.
        pace: Option<Pace>,
    },
    /// Calls at a mean rate, whoever still waits: a Poisson process.
    Open {
        /// Calls per second.
        per_second: f64,
    },
}

/// A client that needs CPU time for each call and has a share of a processor: while it waits for answers it saves none
/// up, so it calls no more often than its share allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// CPU time for a call, in ms.
    pub cpu_ms: f64,
    /// Processors, or a part of one.
    pub vcpus: f64,
}

impl Pace {
    /// When a client that is ready at `now_ms` sends, if it sent at `last_ms` before.
    #[must_use]
    pub fn next(self, last_ms: Option<f64>, now_ms: f64) -> f64 {
        let ready = now_ms + self.cpu_ms;
        last_ms.map_or(ready, |last| ready.max(last + self.cpu_ms / self.vcpus))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_waits_for_its_cpu_time_or_for_its_share_whichever_is_later() {
        let pace = Pace { cpu_ms: 1.0, vcpus: 0.1 };
        assert_eq!([pace.next(None, 0.0), pace.next(Some(0.0), 2.0), pace.next(Some(0.0), 40.0)], [1.0, 10.0, 41.0]);
    }
}
