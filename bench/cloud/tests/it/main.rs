//! The local cloud, from outside.

mod dynamodb;
mod process;
mod s3;
mod sdk;
