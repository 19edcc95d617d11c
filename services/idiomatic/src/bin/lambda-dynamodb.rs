//! The function that counts in DynamoDB.

use counter::{DynamoDb, Error, place, respond, sdk_config};
use lambda_http::{Request, run, service_fn, tracing};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let (table, key) = place("dynamodb")?;
    let store = DynamoDb::new(&sdk_config().await, table, key);
    run(service_fn(async |request: Request| {
        Ok::<_, Error>(respond(&store, request.method(), request.uri().path()).await)
    }))
    .await
}
