//! macOS, where [`super::unix`] is not enough.

pub(crate) mod cpu_time;
pub(crate) mod family;
pub(crate) mod memory;
