//! The counter library, tested without a socket; its S3 and DynamoDB stores against tiny
//! in-test peers on loopback.

mod batched;
mod config;
mod exact;
mod file;
mod page;
mod peers;
mod router;
mod unreachable;
