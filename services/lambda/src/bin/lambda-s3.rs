//! The function that counts in S3.

use std::process::ExitCode;

use counter::aws::{Service, from_environment};
use counter::{S3, StoreUrl};
use lambda::{FunctionError, variable};

fn main() -> ExitCode {
    lambda::main(|store, update| match store {
        Some(StoreUrl::S3 { bucket, key }) => {
            let sdk = from_environment(Service::S3, variable)?;
            Ok(S3::new(&sdk, bucket, key, update))
        }
        Some(_) | None => Err(FunctionError::Store { needed: "s3://BUCKET/KEY" }),
    })
}
