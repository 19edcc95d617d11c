//! The server as a process: started, called, refused, killed, starved, drained, seen in a
//! browser.

// clippy.toml allows it in tests; their helper functions are not known to it as such.
#![allow(clippy::unwrap_used)]

mod bounds;
mod browser;
mod drain;
mod durable;
mod help;
mod http;
mod process;
mod refuse;
mod unreachable;
