//! The function that counts in Valkey.

use std::process::ExitCode;

use counter::{StoreUrl, Valkey};
use lambda::FunctionError;

fn main() -> ExitCode {
    lambda::main(|store, update| match store {
        Some(StoreUrl::Valkey { server, key, tls }) => Ok(Valkey::new(&server, key, tls, update)?),
        Some(_) | None => Err(FunctionError::Store { needed: "valkey://HOST:PORT/KEY" }),
    })
}
