//! The machine, as its own system reports it. Only this folder knows which system the lab is built for; it
//! must not guess what it can't read.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", test))]
mod macos;

#[cfg(target_os = "linux")]
pub use self::linux::cpu_time;
#[cfg(target_os = "linux")]
pub(super) use self::linux::{frequency_mhz, read, ticks};
#[cfg(target_os = "macos")]
pub use self::macos::cpu_time;
#[cfg(target_os = "macos")]
pub(super) use self::macos::{frequency_mhz, read, ticks};

/// What a system reports of itself.
#[cfg_attr(test, derive(Debug, Default, PartialEq))]
pub(super) struct Machine {
    pub(super) kernel_release: Option<String>,
    pub(super) cpu_model: Option<String>,
    pub(super) memory_bytes: Option<u64>,
    pub(super) load_average_1min: Option<f64>,
    pub(super) clock_source: Option<String>,
    pub(super) frequency_governor: Option<String>,
}

/// What all processors did since the start of the system, in seconds of one processor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ticks {
    /// Busy, for whomever.
    pub(super) busy_s: f64,
    /// Ready to run, while the hypervisor ran another machine.
    pub(super) steal_s: f64,
    /// Busy, idle and stolen.
    pub(super) all_s: f64,
}

impl Ticks {
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            busy_s: self.busy_s - before.busy_s,
            steal_s: self.steal_s - before.steal_s,
            all_s: self.all_s - before.all_s,
        }
    }
}
