//! The lines of failed calls, few enough to read: a store that is away fails thousands of calls a second. Must not know
//! what failed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lines of a second. The first shows what is wrong, a few more whether it is one thing or several.
const LINES: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// A log of at most [`LINES`] lines a second. Those left out are counted, and the next line has their number.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the current second began.
    began: Option<Instant>,
    lines: u32,
    left_out: u64,
}

impl Log {
    pub(crate) fn error(&self, line: &str) {
        match self.admit() {
            None => {}
            Some(0) => tracing::error!("{line}"),
            Some(left_out) => tracing::error!("{line} ({left_out} lines before it were left out)"),
        }
    }

    /// The number of lines left out before this one, or nothing where this one is left out too.
    fn admit(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.began.is_none_or(|began| began.elapsed() >= SECOND) {
            state.began = Some(Instant::now());
            state.lines = 0;
        }
        if state.lines == LINES {
            state.left_out += 1;
            return None;
        }
        state.lines += 1;
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_has_ten_lines_and_the_next_line_counts_the_others() {
        let log = Log::default();
        let admitted: Vec<_> = (0..14).filter_map(|_| log.admit()).collect();
        assert_eq!(admitted, [0; 10]);
        tokio::time::advance(SECOND).await;
        assert_eq!((log.admit(), log.admit()), (Some(4), Some(0)));
    }
}
