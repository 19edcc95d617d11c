//! The counter library, tested without a socket; its S3 and DynamoDB stores against tiny
//! in-test peers on loopback.

// clippy.toml allows it in tests; their helper functions are not known to it as such.
#![allow(clippy::unwrap_used)]

mod batched;
mod config;
mod connections;
mod exact;
mod file;
mod page;
mod peers;
mod router;
mod unreachable;
