//! The local cloud, from outside.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod deployment;
mod dynamodb;
mod front_alb;
mod front_nlb;
mod process;
mod s3;
mod sdk;
mod servers;
