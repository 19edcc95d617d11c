//! Linux, 5.3 or newer.

pub(crate) mod cpu_time;
#[cfg(not(feature = "portable"))]
mod descriptor;
#[cfg(not(feature = "portable"))]
pub(crate) mod exit;
pub(crate) mod family;
pub(crate) mod memory;
#[cfg(not(feature = "portable"))]
pub(crate) mod tether;
#[cfg(not(feature = "portable"))]
pub(crate) mod timer;
