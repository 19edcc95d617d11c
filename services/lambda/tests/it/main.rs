//! The functions as processes: refused, and invoked through a Runtime API of a few lines. The
//! real one, and the real services, are the lab's.

// clippy.toml allows it in tests; their helper functions are not known to it as such.
#![allow(clippy::unwrap_used)]

mod invoke;
mod memory;
mod process;
mod refuse;
