//! The local cloud, from outside.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod deployment;
mod dynamodb;
mod front_alb;
mod front_nlb;
mod fronts;
mod lambda_environments;
mod lambda_failures;
mod lambda_invoke_api;
mod lambda_package;
mod lambda_runtime_api;
mod lambda_support;
mod process;
mod s3;
mod sdk;
mod servers;
