//! The function that counts in PostgreSQL.

use std::process::ExitCode;

use counter::{Postgres, StoreUrl};
use lambda::FunctionError;

fn main() -> ExitCode {
    lambda::main(|store, update| match store {
        Some(StoreUrl::Postgres(url)) => Ok(Postgres::new(url, update)?),
        Some(_) | None => Err(FunctionError::Store { needed: "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY" }),
    })
}
