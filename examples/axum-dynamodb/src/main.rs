//! Tasks of people, in a table with an index: REST over axum and AWS's SDK.

mod tasks;

use std::error::Error;

use aws_sdk_dynamodb::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = aws_config::load_from_env().await;
    let tasks = tasks::Tasks { client: Client::new(&config), table: std::env::var("TABLE")? };
    let port = std::env::var("PORT").unwrap_or_else(|_| "8000".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("0.0.0.0:{port}")).await?;
    axum::serve(listener, tasks::router(tasks)).await?;
    Ok(())
}
