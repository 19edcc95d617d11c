//! S3 and DynamoDB of the local cloud, for clients that are programs of their own (`bench/clients/run.py`): prints where
//! they listen, then serves until its standard input ends.

use cloud::dynamodb::DynamoDb;
use cloud::s3::S3;
use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (s3, dynamodb) = (S3::start().await?, DynamoDb::start().await?);
    println!("AWS_ENDPOINT_URL_S3={}", s3.url());
    println!("AWS_ENDPOINT_URL_DYNAMODB={}", dynamodb.url());
    for (name, value) in cloud::credentials::environment() {
        println!("{name}={value}");
    }
    println!();
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    s3.shutdown().await;
    dynamodb.shutdown().await;
    Ok(())
}
