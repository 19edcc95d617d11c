//! DynamoDB, through the official SDK.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use cloud::dynamodb::{DynamoDb, PARTITION_KEY};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::listener::{closed, listening};

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
    let listener = listening(&address);
    assert!(listener.is_some(), "{address}");
    dynamodb.shutdown().await;
    closed(&address, listener).await;
}

/// One operation as JSON, signed by a header that nobody verifies.
async fn call(dynamodb: &DynamoDb, target: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
    let (address, body) = (dynamodb.address(), body.to_string());
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: {target}\r\nX-Amz-Date: 20260101T000000Z\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host, Signature=b\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_stream_is_read_through_a_shard_whose_identifier_sdks_accept() {
    let dynamodb = DynamoDb::start().await.unwrap();
    for table in ["tab", &"t".repeat(200)] {
        let create = json!({
            "TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "p", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "p", "AttributeType": "S" }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
        });
        assert_eq!(call(&dynamodb, "DynamoDB_20120810.CreateTable", create).await.0, 200);
        let put = json!({ "TableName": table, "Item": { "p": { "S": "1" } } });
        call(&dynamodb, "DynamoDB_20120810.PutItem", put).await;
        let streams = "DynamoDBStreams_20120810";
        let listed = call(&dynamodb, &format!("{streams}.ListStreams"), json!({ "TableName": table })).await.1;
        let arn = &listed["Streams"][0]["StreamArn"];
        let (status, described) =
            call(&dynamodb, &format!("{streams}.DescribeStream"), json!({ "StreamArn": arn })).await;
        assert_eq!(status, 200, "{described}");
        let shard = described["StreamDescription"]["Shards"][0]["ShardId"].as_str().unwrap();
        assert!((28..=65).contains(&shard.len()), "{shard}");
        let iterate = |shard: &str| {
            let request = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
            call(&dynamodb, "DynamoDBStreams_20120810.GetShardIterator", request)
        };
        let cursor = iterate(shard).await.1["ShardIterator"].clone();
        let records = call(&dynamodb, &format!("{streams}.GetRecords"), json!({ "ShardIterator": cursor })).await.1;
        assert_eq!(records["Records"][0]["eventName"], "INSERT", "{records}");
        let (status, refused) = iterate("shardId-00000000000000000001-00000000").await;
        assert_eq!(status, 400);
        assert!(refused["__type"].as_str().unwrap().ends_with("#ResourceNotFoundException"), "{refused}");
        // Of the same table, and another label.
        let other = format!("{}0", arn.as_str().unwrap());
        let iterate = json!({ "StreamArn": other, "ShardId": shard, "ShardIteratorType": "LATEST" });
        for (operation, request) in [("DescribeStream", json!({ "StreamArn": other })), ("GetShardIterator", iterate)] {
            let (status, refused) = call(&dynamodb, &format!("{streams}.{operation}"), request).await;
            assert_eq!(status, 400, "{refused}");
            assert!(refused["__type"].as_str().unwrap().ends_with("#ResourceNotFoundException"), "{refused}");
        }
    }
}

#[tokio::test]
async fn a_request_that_ends_within_its_body_is_refused() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let mut stream = TcpStream::connect(dynamodb.address()).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.0\r\n\
                x-amz-target: DynamoDB_20120810.ListTables\r\ncontent-length: 10\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.expect("answered and closed").unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("SerializationException"), "{answer}");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused_after_it_was_read() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let large = json!({ "TableName": "x".repeat(17 * 1024 * 1024) });
    let (status, _) = call(&dynamodb, "DynamoDB_20120810.DescribeTable", large).await;
    assert_eq!(status, 413);
}
