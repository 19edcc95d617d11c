//! The machine, as its own system reports it. Only this folder knows which system the lab is built for; it
//! must not guess what it can't read.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", test))]
mod macos;

#[cfg(target_os = "linux")]
pub use self::linux::cpu_time;
#[cfg(target_os = "linux")]
pub(super) use self::linux::read;
#[cfg(target_os = "macos")]
pub use self::macos::cpu_time;
#[cfg(target_os = "macos")]
pub(super) use self::macos::read;

/// What a system reports of itself.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Machine {
    pub(super) kernel_release: Option<String>,
    pub(super) cpu_model: Option<String>,
    pub(super) memory_bytes: Option<u64>,
    pub(super) load_average_1min: Option<f64>,
}
