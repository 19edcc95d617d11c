//! The function that counts in PostgreSQL.

use counter::{Error, Postgres, respond};
use lambda_http::{Request, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let store = Postgres::from_env()?;
    run(service_fn(async |request: Request| {
        Ok::<_, Error>(respond(&store, request.method(), request.uri().path()).await)
    }))
    .await
}
