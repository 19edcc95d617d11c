//! The counter: what every way deploys. A [`Store`] that hands out numbers, and the
//! [`router`] that serves them with the page.
//!
//! Guarantee of every store with [`Update::Atomic`]: **no two callers get the same number; no
//! acknowledged count is lost.** A retry after an ambiguous failure may skip a number, never
//! repeat one.
//!
//! This crate must not know who hosts it: no sockets, no Lambda events, no process exit codes.

mod config;
mod log;
mod response;
mod router;
mod store;

pub use config::{ConfigError, Environment, Update};
pub use response::{PAGE, problem};
pub use router::{Router, router};
pub use store::*;
