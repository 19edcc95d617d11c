//! How a load that was to begin at a given time kept to it: beside its samples it leaves when it began and when its last call left.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// When an open loop begins, so that those of many machines begin together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// When its first second begins, by the machine's clock, in milliseconds since 1970. A load whose connections are not
    /// open by then is given up.
    pub unix_ms: u64,
    /// Of the times at which its calls are due: loads of one seed would call in step.
    pub seed: u64,
}

/// How it kept to that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// How long after its time it began, in milliseconds.
    pub late_ms: f64,
    /// When the last call left, from when it began, in seconds: beyond the load's length the generator, or the answers, fell
    /// behind.
    pub last_left_s: f64,
    /// Files that its process had open when its connections were; absent where that can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_files: Option<u32>,
}

impl Pace {
    /// Of the load that left its samples in `csv`; nothing where none was left.
    #[must_use]
    pub fn read(csv: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(beside(csv)).ok()?).ok()
    }

    pub(crate) fn write(&self, csv: &Path) -> std::io::Result<()> {
        std::fs::write(beside(csv), serde_json::to_vec(self)?)
    }
}

/// Files that this process has open.
pub(crate) fn open_files() -> Option<u32> {
    // Less the folder itself, which is open while it is read.
    let files = std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    u32::try_from(files).ok()
}

fn beside(csv: &Path) -> PathBuf {
    let mut name = OsString::from(csv);
    name.push(".pace");
    name.into()
}
