//! The progress of a run: bars on a terminal, lines elsewhere. Always on stderr.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use measure::progress::Progress;

/// How often the spinner turns, so that a long phase is seen to be alive.
const TICK: Duration = Duration::from_millis(120);

/// The progress reporter for this stderr.
#[must_use]
pub fn to_stderr(ways: usize) -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() { Box::new(Bars::new(ways)) } else { Box::new(Lines) }
}

/// A bar over all ways.
struct Bars(ProgressBar);

impl Bars {
    fn new(ways: usize) -> Self {
        let bar = ProgressBar::new(ways as u64).with_style(
            ProgressStyle::with_template("{spinner} [{bar:24}] {pos}/{len} {msg}")
                .expect("the template is a constant")
                .progress_chars("━╸─"),
        );
        bar.enable_steady_tick(TICK);
        Self(bar)
    }
}

impl Progress for Bars {
    fn way(&self, way: &str) {
        self.0.set_message(way.to_owned());
    }

    fn phase(&self, way: &str, phase: &str) {
        self.0.set_message(format!("{way}: {phase}"));
    }

    fn done(&self, way: &str, word: &str) {
        self.0.println(format!("{way}: {word}"));
        self.0.inc(1);
    }

    fn skip(&self) {
        self.0.inc(1);
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// One line for each way that is through.
struct Lines;

impl Progress for Lines {
    fn way(&self, _: &str) {}

    fn phase(&self, _: &str, _: &str) {}

    fn done(&self, way: &str, word: &str) {
        programs::notice!("{way}: {word}");
    }

    fn skip(&self) {}

    fn finish(&self) {}
}
