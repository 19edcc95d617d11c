//! How busy the load generator is: beside its samples it leaves how much processor time it had used when. A generator that
//! is the limit must be known, or its own rate is taken for the way's.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// How often it is written down: often enough for a load of a second, too seldom to be a load itself.
const EVERY: Duration = Duration::from_millis(20);

/// Time and processor time, line by line, beside the samples.
pub(crate) struct Account {
    file: File,
    begun: Instant,
}

impl Account {
    /// Of the load that leaves its samples where the arguments name it; nothing where no file can be made there.
    pub(crate) fn open(arguments: &[String]) -> Option<Arc<Self>> {
        let csv = arguments.iter().skip_while(|argument| *argument != "-o").nth(1)?;
        Some(Arc::new(Self { file: File::create(beside(csv.as_ref())).ok()?, begun: Instant::now() }))
    }

    /// Writes down what this process uses, until it ends.
    pub(crate) fn watch_this(self: &Arc<Self>) {
        self.watch(|| Some(duration(clock_gettime(ClockId::ProcessCPUTime))));
    }

    /// Writes down what a child uses while it runs, where the system reports it.
    #[cfg(target_os = "linux")]
    pub(crate) fn watch_child(self: &Arc<Self>, id: u32) {
        let id = nix::unistd::Pid::from_raw(id.cast_signed());
        if let Ok(clock) = nix::time::clock_getcpuclockid(id) {
            self.watch(move || nix::time::clock_gettime(clock).ok().map(Duration::from));
        }
    }

    /// Writes down what a child uses while it runs, where the system reports it.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn watch_child(self: &Arc<Self>, _: u32) {}

    /// Writes down what children have used that have ended.
    pub(crate) fn children_ended(&self) {
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) {
            let _ = self.add(time(usage.user_time()) + time(usage.system_time()));
        }
    }

    fn watch(self: &Arc<Self>, used: impl Fn() -> Option<Duration> + Send + 'static) {
        let account = Arc::clone(self);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(EVERY);
                if used().and_then(|used| account.add(used)).is_none() {
                    return;
                }
            }
        });
    }

    /// Nothing where it can't be written.
    fn add(&self, used: Duration) -> Option<()> {
        let line = format!("{} {}\n", self.begun.elapsed().as_secs_f64(), used.as_secs_f64());
        (&self.file).write_all(line.as_bytes()).ok()
    }
}

/// What a process has used is never negative.
fn duration(time: Timespec) -> Duration {
    Duration::try_from(time).unwrap_or_default()
}

fn time(time: TimeVal) -> Duration {
    Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()).unsigned_abs())
}

/// Processors that oha kept busy while it made the calls of `csv`, the last of which ended after `load`. What it used
/// later, to write its samples, is left out. Nothing where the load was too short to know.
#[must_use]
pub fn cores(csv: &Path, load: Duration) -> Option<f64> {
    let text = std::fs::read_to_string(beside(csv)).ok()?;
    let (elapsed, used) = reading(&text, load).filter(|_| load >= 5 * EVERY)?;
    Some(used / elapsed)
}

/// The same from one time of the load to another: what it waited for before is left out.
#[must_use]
pub fn cores_between(csv: &Path, from: Duration, to: Duration) -> Option<f64> {
    let text = std::fs::read_to_string(beside(csv)).ok()?;
    let (before, used_before) = reading(&text, from)?;
    let (elapsed, used) = reading(&text, to).filter(|_| to.saturating_sub(from) >= 5 * EVERY)?;
    Some((used - used_before) / (elapsed - before))
}

/// The first reading from a time on: seconds, and seconds of processor time.
fn reading(text: &str, from: Duration) -> Option<(f64, f64)> {
    text.lines().filter_map(|line| line.split_once(' ')).find_map(|(elapsed, used)| {
        let (elapsed, used): (f64, f64) = (elapsed.parse().ok()?, used.parse().ok()?);
        (elapsed >= from.as_secs_f64()).then_some((elapsed, used))
    })
}

fn beside(csv: &Path) -> PathBuf {
    let mut name = OsString::from(csv);
    name.push(".cpu");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_up_to_the_end_of_the_load() {
        let folder = tempfile::tempdir().expect("a folder");
        let csv = folder.path().join("samples.csv");
        std::fs::write(beside(&csv), "0.1 0.01\n0.5 0.75\n0.6 0.96\n0.9 2.5\n").expect("written");
        assert_eq!(cores(&csv, Duration::from_millis(450)), Some(1.5));
        let seconds = Duration::from_secs_f64;
        let between = cores_between(&csv, seconds(0.05), seconds(0.45)).expect("readings");
        assert!((between - 0.74 / 0.4).abs() < 1e-9, "{between}");
        // Too short, and longer than what is known.
        assert_eq!(cores(&csv, Duration::from_millis(50)), None);
        assert_eq!(cores(&csv, Duration::from_secs(2)), None);
        assert_eq!(cores(&folder.path().join("other.csv"), Duration::from_secs(1)), None);
    }
}
