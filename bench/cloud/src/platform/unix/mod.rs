//! By what every Unix has: for macOS, and for Linux where the portable way is tested.
//!
//! It must not need what POSIX lacks; then it would be tested where it is not used.
#![cfg_attr(test, allow(dead_code, reason = "on Linux only its tests use it"))]

pub(crate) mod exit;
pub(crate) mod tether;
pub(crate) mod timer;
