//! DynamoDB, through the official SDK.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use cloud::dynamodb::{DynamoDb, PARTITION_KEY};
use tokio::task::JoinSet;

async fn hit(client: &Client, table: &str) -> Result<u64, aws_sdk_dynamodb::error::SdkError<UpdateItemError>> {
    let updated = client
        .update_item()
        .table_name(table)
        .key(PARTITION_KEY, AttributeValue::S("hits".into()))
        .update_expression("ADD hits :one")
        .expression_attribute_values(":one", AttributeValue::N("1".into()))
        .return_values(ReturnValue::UpdatedNew)
        .send()
        .await?;
    let attributes = updated.attributes.expect("UPDATED_NEW gives the attributes that changed");
    assert_eq!(attributes.len(), 1, "and no others");
    Ok(attributes["hits"].as_n().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_concurrent_callers_each_get_a_number_of_their_own() {
    let dynamodb = DynamoDb::start().await.unwrap();
    dynamodb.create_table("counter").unwrap();
    let client = super::sdk::dynamodb(dynamodb.url());
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        callers.spawn(async move {
            let mut numbers = Vec::new();
            for _ in 0..20 {
                numbers.push(hit(&client, "counter").await.unwrap());
            }
            numbers
        });
    }
    let numbers: BTreeSet<u64> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(numbers, (1..=1000).collect());
    dynamodb.shutdown().await;
}

#[tokio::test]
async fn a_condition_that_does_not_hold_is_refused() {
    let dynamodb = DynamoDb::start().await.unwrap();
    dynamodb.create_table("counter").unwrap();
    let client = super::sdk::dynamodb(dynamodb.url());
    let put = || {
        client
            .put_item()
            .table_name("counter")
            .item(PARTITION_KEY, AttributeValue::S("hits".into()))
            .condition_expression("attribute_not_exists(id)")
            .send()
    };
    put().await.unwrap();
    let refused = put().await.unwrap_err().into_service_error();
    assert!(refused.is_conditional_check_failed_exception(), "{refused:?}");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_named_so() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let client = super::sdk::dynamodb(dynamodb.url());
    let refused = hit(&client, "nowhere").await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn a_table_can_be_created_once_and_again_after_its_removal() {
    let dynamodb = DynamoDb::start().await.unwrap();
    dynamodb.create_table("counter").unwrap();
    let refused = dynamodb.create_table("counter").unwrap_err();
    assert_eq!(refused.to_string(), "cannot create the DynamoDB table `counter`");
    dynamodb.remove_table("counter");
    dynamodb.create_table("counter").unwrap();
}

#[tokio::test]
async fn a_stopped_endpoint_refuses_connections() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let address = dynamodb.url().trim_start_matches("http://").to_owned();
    dynamodb.shutdown().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
