//! What AWS would charge, against units that were worked out by hand from AWS's rules ("DynamoDB read and write operations",
//! "Capacity consumption for transactional APIs", S3's classes of requests). The sizes of items: names and values in UTF-8,
//! a number of one digit two bytes.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier};
use cloud::{Cloud, CloudConfig, Metered};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::s3::body;

/// Sends an operation, and gives the status and body of its answer.
async fn send(url: &str, operation: &str, request: &Value) -> (u16, String) {
    let address = url.trim_start_matches("http://");
    let body = request.to_string();
    let credential = "AWS4-HMAC-SHA256 Credential=k/20261128/r/dynamodb/aws4_request, SignedHeaders=host, Signature=s";
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\nX-Amz-Date: 20261128T000000Z\r\n\
         Authorization: {credential}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
}

/// An item of 7 bytes and so many more, where its key has one letter.
fn item(key: &str, more: usize) -> Value {
    json!({ "id": { "S": key }, "data": { "S": "x".repeat(more) } })
}

fn key(key: &str) -> Value {
    json!({ "id": { "S": key } })
}

/// An item of 1,500 bytes: "id" 2 + 1, "n" 1 + 2, "data" 4 + 1,490.
fn sorted(n: u8) -> Value {
    json!({ "PutRequest": { "Item": {
        "id": { "S": "p" }, "n": { "N": n.to_string() }, "data": { "S": "x".repeat(1_490) },
    } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn units_of_dynamodb_are_those_that_are_worked_out_by_hand() {
    let cloud = Cloud::start(CloudConfig { metered: true, ..CloudConfig::default() }).await.unwrap();
    let create = |name: &str, keys: &[(&str, &str)], index: Option<&str>| {
        let of = |it: &[(&str, &str)]| {
            let key = |(place, (name, _)): (usize, &(&str, &str))| json!({ "AttributeName": name, "KeyType": if place == 0 { "HASH" } else { "RANGE" } });
            it.iter().enumerate().map(key).collect::<Vec<_>>()
        };
        let mut all = keys.to_vec();
        all.extend(index.map(|it| (it, "S")));
        let attributes: Vec<_> =
            all.iter().map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind })).collect();
        let mut request = json!({
            "TableName": name, "KeySchema": of(keys), "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST",
        });
        if let Some(index) = index {
            request["GlobalSecondaryIndexes"] = json!([{
                "IndexName": "by-owner", "KeySchema": of(&[(index, "S")]), "Projection": { "ProjectionType": "ALL" },
            }]);
        }
        cloud.dynamodb().create(&request, None).unwrap();
    };
    create("units", &[("id", "S")], None);
    create("sorted", &[("id", "S"), ("n", "N")], None);
    create("indexed", &[("id", "S")], Some("owner"));
    let put = |more: usize| json!({ "TableName": "units", "Item": item("k", more) });
    let get =
        |name: &str, consistent: bool| json!({ "TableName": "units", "Key": key(name), "ConsistentRead": consistent });
    let one = json!({ ":one": { "N": "1" } });
    let query = |consistent: bool| {
        json!({
            "TableName": "sorted", "KeyConditionExpression": "id = :p", "ConsistentRead": consistent,
            "ExpressionAttributeValues": { ":p": { "S": "p" } },
        })
    };
    let owned = |name: &str, owner: &str| json!({ "id": { "S": name }, "owner": { "S": owner } });
    let transact = |items: Value| json!({ "TransactItems": items });
    let put_one = |name: &str, condition: Option<&str>| {
        let mut it = json!({ "TableName": "units", "Item": item(name, 1) });
        if let Some(condition) = condition {
            it["ConditionExpression"] = condition.into();
        }
        json!({ "Put": it })
    };
    let mut limited = query(true);
    limited["Limit"] = 1.into();
    let with = |mut request: Value, name: &str, value: Value| {
        request[name] = value;
        request
    };
    let add = |name: &str| {
        json!({
            "TableName": "units", "Key": key(name), "UpdateExpression": "ADD calls :one", "ExpressionAttributeValues": one,
        })
    };
    let puts = ["a", "b", "c"].map(|name| json!({ "PutRequest": { "Item": item(name, 1) } })).to_vec();
    let batch = json!({ "RequestItems": { "units": puts } });
    let gets = ["a", "d"].map(|name| json!({ "Get": { "TableName": "units", "Key": key(name) } })).to_vec();
    let keys = |names: &[&str], consistent: bool| {
        let keys: Vec<_> = names.iter().map(|name| key(name)).collect();
        json!({ "RequestItems": { "units": { "Keys": keys, "ConsistentRead": consistent } } })
    };
    let change = |expression: &str, value: &str| {
        json!({
            "TableName": "indexed", "Key": key("a"), "UpdateExpression": expression,
            "ExpressionAttributeNames": { "#n": if value == "grace" { "owner" } else { "note" } },
            "ExpressionAttributeValues": { ":v": { "S": value } },
        })
    };
    let operations: Vec<(&str, Value, u16, f64, f64)> = vec![
        // 1,024 bytes, then one more.
        ("PutItem", put(1_017), 200, 1.0, 0.0),
        ("PutItem", put(1_018), 200, 2.0, 0.0),
        // The larger of before and after: 1,025 bytes.
        ("PutItem", put(1), 200, 2.0, 0.0),
        ("GetItem", get("k", false), 200, 0.0, 0.5),
        ("GetItem", get("k", true), 200, 0.0, 1.0),
        // 4,096 bytes, then one more.
        ("PutItem", put(4_089), 200, 4.0, 0.0),
        ("GetItem", get("k", true), 200, 0.0, 1.0),
        ("PutItem", put(4_090), 200, 5.0, 0.0),
        ("GetItem", get("k", true), 200, 0.0, 2.0),
        ("GetItem", get("k", false), 200, 0.0, 1.0),
        // What is not there costs the least.
        ("GetItem", get("none", false), 200, 0.0, 0.5),
        ("GetItem", get("none", true), 200, 0.0, 1.0),
        // 4,097 bytes and "calls" with a number.
        ("UpdateItem", add("k"), 200, 5.0, 0.0),
        ("UpdateItem", add("u"), 200, 1.0, 0.0),
        // A condition that does not hold costs a write of what is there, 1 at least.
        ("UpdateItem", with(add("k"), "ConditionExpression", "attribute_not_exists(id)".into()), 400, 5.0, 0.0),
        ("PutItem", with(put(1), "ConditionExpression", "attribute_not_exists(id)".into()), 400, 5.0, 0.0),
        (
            "DeleteItem",
            json!({ "TableName": "units", "Key": key("none"), "ConditionExpression": "attribute_exists(id)" }),
            400,
            1.0,
            0.0,
        ),
        ("DeleteItem", json!({ "TableName": "units", "Key": key("none") }), 200, 1.0, 0.0),
        ("DeleteItem", json!({ "TableName": "units", "Key": key("k") }), 200, 5.0, 0.0),
        ("BatchWriteItem", batch, 200, 3.0, 0.0),
        ("BatchGetItem", keys(&["a", "b", "c"], false), 200, 0.0, 1.5),
        ("BatchGetItem", keys(&["a", "b"], true), 200, 0.0, 2.0),
        // Three items of 1,500 bytes: each is rounded up where it is written, their sum where they are read.
        ("BatchWriteItem", json!({ "RequestItems": { "sorted": [sorted(1), sorted(2), sorted(3)] } }), 200, 6.0, 0.0),
        ("Query", query(false), 200, 0.0, 1.0),
        ("Query", query(true), 200, 0.0, 2.0),
        ("Query", limited, 200, 0.0, 1.0),
        ("Scan", json!({ "TableName": "sorted" }), 200, 0.0, 1.0),
        ("Scan", json!({ "TableName": "sorted", "ConsistentRead": true }), 200, 0.0, 2.0),
        // Twice in a transaction.
        ("TransactWriteItems", transact(json!([put_one("a", None), put_one("d", None)])), 200, 4.0, 0.0),
        ("TransactGetItems", transact(gets.into()), 200, 0.0, 4.0),
        // Of one that is cancelled: assumed.
        (
            "TransactWriteItems",
            transact(json!([put_one("e", None), put_one("a", Some("attribute_not_exists(id)"))])),
            400,
            4.0,
            0.0,
        ),
        // An index has what names its key, and follows each change.
        ("PutItem", json!({ "TableName": "indexed", "Item": owned("a", "ada") }), 200, 2.0, 0.0),
        ("PutItem", json!({ "TableName": "indexed", "Item": key("b") }), 200, 1.0, 0.0),
        ("UpdateItem", change("SET #n = :v", "a note"), 200, 2.0, 0.0),
        // A key that changes is an entry less and one more.
        ("UpdateItem", change("SET #n = :v", "grace"), 200, 3.0, 0.0),
        (
            "Query",
            json!({
                "TableName": "indexed", "IndexName": "by-owner", "KeyConditionExpression": "#o = :o",
                "ExpressionAttributeNames": { "#o": "owner" }, "ExpressionAttributeValues": { ":o": { "S": "grace" } },
            }),
            200,
            0.0,
            0.5,
        ),
        ("DeleteItem", json!({ "TableName": "indexed", "Key": key("a") }), 200, 2.0, 0.0),
        ("ExecuteStatement", json!({ "Statement": "SELECT * FROM units WHERE id = 'a'" }), 200, 0.0, 0.5),
        ("ExecuteStatement", json!({ "Statement": "INSERT INTO units VALUE {'id': 'z'}" }), 200, 1.0, 0.0),
        // What describes a table, and what is refused, is free.
        ("DescribeTable", json!({ "TableName": "units" }), 200, 0.0, 0.0),
        ("GetItem", json!({ "TableName": "nowhere", "Key": key("a") }), 400, 0.0, 0.0),
    ];
    assert!(operations.len() >= 30, "{}", operations.len());
    let url = cloud.endpoints().dynamodb;
    for (operation, request, status, writes, reads) in operations {
        let before = cloud.metered();
        let (answered, body) = send(&url, operation, &request).await;
        let counted = cloud.metered().since(before);
        assert_eq!(answered, status, "{operation} {request}: {body}");
        assert_eq!((counted.write_units, counted.read_units), (writes, reads), "{operation} {request}: {body}");
        assert!(!body.contains("ConsumedCapacity"), "{operation}: {body}");
    }
    // Whoever requests the capacity gets it.
    let (_, body) = send(&url, "GetItem", &with(get("a", true), "ReturnConsumedCapacity", "TOTAL".into())).await;
    assert!(body.contains(r#""CapacityUnits":1.0"#) || body.contains(r#""CapacityUnits":1"#), "{body}");
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_s3_are_counted_by_their_class() {
    let cloud = Cloud::start(CloudConfig { metered: true, ..CloudConfig::default() }).await.unwrap();
    cloud.s3().create_bucket("files").unwrap();
    cloud.s3().put_object("files", "seeded", "1".into()).unwrap();
    assert_eq!(cloud.metered(), Metered::default(), "what the lab makes itself is not counted");
    let s3 = crate::sdk::s3(&cloud.endpoints().s3);
    s3.put_object().bucket("files").key("a").body(body(b"hello")).send().await.unwrap();
    s3.copy_object().bucket("files").key("b").copy_source("files/a").send().await.unwrap();
    s3.list_objects_v2().bucket("files").send().await.unwrap();
    let upload = s3.create_multipart_upload().bucket("files").key("c").send().await.unwrap();
    let id = upload.upload_id().unwrap();
    let part =
        s3.upload_part().bucket("files").key("c").upload_id(id).part_number(1).body(body(b"x")).send().await.unwrap();
    let part = CompletedPart::builder().part_number(1).e_tag(part.e_tag().unwrap()).build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    s3.complete_multipart_upload().bucket("files").key("c").upload_id(id).multipart_upload(parts).send().await.unwrap();
    assert_eq!((cloud.metered().s3_puts, cloud.metered().s3_gets), (6, 0));
    s3.get_object().bucket("files").key("seeded").send().await.unwrap();
    s3.head_object().bucket("files").key("a").send().await.unwrap();
    s3.get_object().bucket("files").key("none").send().await.unwrap_err();
    assert_eq!((cloud.metered().s3_puts, cloud.metered().s3_gets), (6, 3));
    s3.delete_object().bucket("files").key("a").send().await.unwrap();
    let b = ObjectIdentifier::builder().key("b").build().unwrap();
    let delete = Delete::builder().objects(b).build().unwrap();
    // Its own form is a POST, which is charged.
    s3.delete_objects().bucket("files").delete(delete).send().await.unwrap();
    let counted = cloud.metered();
    assert_eq!((counted.s3_puts, counted.s3_gets, counted.s3_free), (7, 3, 1));
    cloud.shutdown().await;
}
