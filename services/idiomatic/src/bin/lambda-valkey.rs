//! The function that counts in Valkey.

use counter::{Error, Valkey, place, respond};
use lambda_http::{Request, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let with_tls = std::env::var("STORE").is_ok_and(|store| store.starts_with("valkeys:"));
    let scheme = if with_tls { "valkeys" } else { "valkey" };
    let (server, key) = place(scheme)?;
    let store = Valkey::new(&format!("{scheme}://{server}"), key)?;
    run(service_fn(async |request: Request| {
        Ok::<_, Error>(respond(&store, request.method(), request.uri().path()).await)
    }))
    .await
}
