//! Other work on every processor while a demand is measured, at the lowest priority.
//!
//! A service finds its caches cold where others ran since its last turn, and takes up to three times the CPU time: on a busy
//! machine always, on an idle one never, on AWS, where it is one of many on its host, as good as always. With neighbours it
//! does here too, however idle the machine is.

use std::hint::black_box;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::setpriority_process;

/// What each writes to, in 8 bytes: 4 MiB, more than a processor's own caches have.
const WORDS: usize = 1 << 19;

/// A cache's line, in 8 bytes.
const LINE: usize = 8;

/// The lowest priority.
const NICE: i32 = 19;

/// Neighbours. They end when it is dropped.
pub(super) struct Neighbours(Arc<AtomicBool>);

impl Neighbours {
    /// One for each processor.
    pub(super) fn start() -> Self {
        let end = Arc::new(AtomicBool::new(false));
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let end = Arc::clone(&end);
            thread::spawn(move || {
                // Of this thread alone, on Linux. Without the right to it others would wait for processors: none then.
                if setpriority_process(None, NICE).is_err() {
                    return;
                }
                let mut words = vec![0_u64; WORDS];
                while !end.load(Ordering::Relaxed) {
                    words.iter_mut().step_by(LINE).for_each(|word| *word = word.wrapping_add(1));
                    black_box(&mut words);
                }
            });
        }
        Self(end)
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
