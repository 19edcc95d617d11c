//! Where a run was measured: read from the machine, never guessed.

use std::path::Path;
use std::time::{Duration, Instant};

use artifact::root;
use programs::Command;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conditions::Watch;
use super::machine;

/// The lab that measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    /// Its version.
    pub version: String,
    /// The commit of its checkout; absent outside of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether the checkout had changes that are in no commit; absent outside of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncommitted_changes: Option<bool>,
    /// Version of oha, the load generator.
    pub oha_version: String,
}

impl Lab {
    /// This lab, built from the checkout at `root` if that is one, with oha in that version.
    #[must_use]
    pub fn read(root: &Path, oha_version: &str) -> Self {
        let git = |arguments: &[&str]| {
            let checkout = Some(root).filter(|root| root::is_checkout(root))?;
            output(&Command::new("git").folder(checkout).arguments(arguments))
        };
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: git(&["rev-parse", "HEAD"]),
            uncommitted_changes: git(&["status", "--porcelain"]).map(|changes| !changes.is_empty()),
            oha_version: oha_version.to_owned(),
        }
    }
}

/// The machine that a run was measured on. What can't be read is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Operating system and kernel release.
    pub system: String,
    /// Instruction set.
    pub arch: String,
    /// The processor's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// Processors that the lab may use.
    pub processors: u32,
    /// Memory in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Load average of the minute before the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_average_1min: Option<f64>,
    /// Processors that other processes kept busy just before the run, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_cores: Option<f64>,
    /// What the kernel reads the time from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_source: Option<String>,
    /// How long one reading of the clock takes, in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_reading_ns: Option<f64>,
    /// What chooses the processors' frequency; absent where the machine has no choice, as most virtual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_governor: Option<String>,
    /// Version of the Rust compiler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rustc_version: Option<String>,
}

/// How long other processes are watched before a run: twenty ticks of the clock that their time is counted in.
const BEFORE: Duration = Duration::from_millis(200);

/// Readings of the clock of which the mean is taken.
const CLOCK_READINGS: u32 = 10_000;

impl Environment {
    /// This machine, now.
    #[must_use]
    pub fn read() -> Self {
        let machine = machine::read();
        let watch = Watch::begin();
        std::thread::sleep(BEFORE);
        let before = watch.end();
        let release = machine.kernel_release.unwrap_or_default();
        Self {
            system: format!("{} {release}", std::env::consts::OS).trim().to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            cpu_model: machine.cpu_model,
            processors: std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(1)),
            memory_bytes: machine.memory_bytes,
            load_average_1min: machine.load_average_1min,
            others_cores: before.others_cores,
            clock_source: machine.clock_source,
            clock_reading_ns: Some(clock_reading_ns()),
            frequency_governor: machine.frequency_governor,
            rustc_version: output(&Command::new("rustc").arguments(["--version"])),
        }
    }
}

fn clock_reading_ns() -> f64 {
    let begun = Instant::now();
    for _ in 0..CLOCK_READINGS {
        std::hint::black_box(Instant::now());
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(CLOCK_READINGS)
}

/// The longest that a description of the machine is waited for: `git status` of a large checkout on a slow disk.
const LIMIT: Duration = Duration::from_secs(30);

/// What a program prints, if it can be run and succeeds.
pub(super) fn output(command: &Command) -> Option<String> {
    let printed = command.captured_blocking(LIMIT).ok()?;
    Some(String::from_utf8_lossy(&printed).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_described() {
        let environment = Environment::read();
        assert!(environment.processors >= 1);
        // A clock that is read in less than a nanosecond was not read; a millisecond would be a disk.
        assert!(environment.clock_reading_ns.is_some_and(|ns| (1.0..1e6).contains(&ns)), "{environment:?}");
        assert!(environment.system.starts_with(std::env::consts::OS));
    }
}
