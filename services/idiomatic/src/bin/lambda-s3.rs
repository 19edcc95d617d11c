//! The function that counts in S3.

use counter::{Error, S3, place, respond, sdk_config};
use lambda_http::{Request, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let (bucket, key) = place("s3")?;
    let store = S3::new(&sdk_config().await, bucket, key);
    run(service_fn(async |request: Request| {
        Ok::<_, Error>(respond(&store, request.method(), request.uri().path()).await)
    }))
    .await
}
