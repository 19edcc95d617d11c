//! The function that counts in DynamoDB.

use std::process::ExitCode;

use counter::aws::{Service, from_environment};
use counter::{DynamoDb, StoreUrl};
use lambda::{FunctionError, variable};

fn main() -> ExitCode {
    lambda::main(|store, update| match store {
        Some(StoreUrl::DynamoDb { table, key }) => {
            let sdk = from_environment(Service::DynamoDb, variable)?;
            Ok(DynamoDb::new(&sdk, table, key, update))
        }
        Some(_) | None => Err(FunctionError::Store { needed: "dynamodb://TABLE/KEY" }),
    })
}
