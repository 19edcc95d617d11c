//! The local cloud, from outside.

mod fronts;
mod lambda_environments;
mod lambda_failures;
mod lambda_invoke_api;
mod lambda_package;
mod lambda_runtime_api;
mod lambda_support;
mod process;
