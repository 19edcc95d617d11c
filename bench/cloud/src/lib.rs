//! The AWS of this machine: DynamoDB, S3, Lambda, fronts and servers on loopback.
//!
//! Real protocols, embedded: no Docker, no JVM, no account. Services are run only as processes, from
//! their artifacts; this crate must never link one, and must not know how anything is measured.

pub mod front;
pub mod lambda;
mod listener;
pub mod process;
