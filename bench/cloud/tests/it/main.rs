//! The local cloud, from outside.

// clippy.toml's exception covers test functions, not the helpers beside them.
#![allow(clippy::unwrap_used)]

mod cpu;
mod deployment;
mod dynamodb;
mod endpoints;
mod front_alb;
mod front_nlb;
mod front_table;
mod fronts;
mod lambda_boto3;
mod lambda_control_plane;
mod lambda_environments;
mod lambda_extensions;
mod lambda_failures;
mod lambda_invoke_api;
mod lambda_package;
mod lambda_runtime_api;
mod lambda_support;
mod listener;
mod metered;
mod postgres;
mod process;
mod profile;
mod rest_api;
mod s3;
mod s3_buckets;
mod s3_multipart;
mod s3_objects;
mod sdk;
mod servers;
mod valkey;
mod vtl;
