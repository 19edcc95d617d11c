//! Deploying for real: a way's rendered Terraform, the folder that a deployment is kept in, and the tools that work on
//! it. It knows AWS only through those tools (OpenTofu, the AWS command line, kubectl, kOps), so that a lab that
//! never deploys carries none of it.

pub mod aws;
pub mod backend;
mod cluster;
pub mod configuration;
pub mod folder;
pub mod health;
pub mod kubernetes;
pub mod leftovers;
pub mod name;
pub mod options;
pub mod package;
pub mod region;
pub mod terraform;
pub mod tool;

/// Something that the caller has to change: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);
