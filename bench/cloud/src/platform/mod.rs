//! What Linux and macOS do each in a way of their own, under the same names: the only place in this crate that knows
//! which of them it is built for. It must not know what is run, or why.
//!
//! | | Linux | macOS, and Linux with the feature `portable` |
//! |---|---|---|
//! | [`exit`]: a child's end | its pidfd | a thread in `waitid` |
//! | [`tether`]: children end with the lab | the parent-death signal | a watchdog, which ends with the lab's pipe |
//! | [`timer`]: exact sleeps | `timerfd` | a thread that sleeps |
//! | [`family`]: descendants that left their group | `/proc` | none are found (macOS only) |
//! | [`cpu_time`]: of a child | `/proc` | none is known (macOS only) |
//! | [`memory`]: of a child and its descendants | `/proc` | its process group's physical footprint (macOS only) |
//!
//! What macOS lacks altogether, CPU quotas, is no secret of this module's: see [`crate::process::CpuUnavailable`].
//!
//! The column on the right is tested on Linux: its unit tests always, the whole suite by
//! `.ci/run portable`.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(any(not(target_os = "linux"), feature = "portable", test))]
mod unix;

#[cfg(target_os = "linux")]
pub(crate) use self::linux::{cpu_time, family, memory};
#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub(crate) use self::linux::{exit, tether, timer};
#[cfg(target_os = "macos")]
pub(crate) use self::macos::{cpu_time, family, memory};
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
pub(crate) use self::unix::{exit, tether, timer};

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
compile_error!("the lab runs on Linux and macOS: another system needs its `memory` here");
