//! Deploying to AWS: a way's rendered Terraform, the folder that a deployment is kept in, and the programs that work on it.
//!
//! It reaches AWS only through those programs (OpenTofu or Terraform, the AWS command line, kubectl, kOps), so that a lab
//! that never deploys carries none of it. It does not know how anything is measured.

pub mod api_access;
pub mod aws;
pub mod backend;
pub mod configuration;
pub mod deployments;
pub mod every;
pub mod folder;
pub mod health;
pub mod kubernetes;
pub mod leftovers;
pub mod name;
pub mod options;
pub mod outputs;
pub mod package;
pub mod permissions;
pub mod preflight;
pub mod record;
pub mod region;
pub mod terraform;
pub mod tools;
pub mod variables;

/// Something that the caller has to change: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);
