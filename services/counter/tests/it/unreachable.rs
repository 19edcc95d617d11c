//! Services that are away: an error in bounded time.

use std::io::{Read, Write};
use std::time::Duration;

use counter::aws::{Service, from_environment};
use counter::{ConfigError, DynamoDb, Postgres, S3, Store, StoreError, StoreUrl, Update, Valkey};
use tokio::time::Instant;

/// The environment of a function whose endpoints are at `endpoint`.
pub(crate) fn environment(endpoint: &str) -> impl Fn(&str) -> Option<String> + use<> {
    let endpoint = endpoint.to_owned();
    move |name| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_REGION" => Some("eu-west-2".to_owned()),
        "AWS_ENDPOINT_URL" => Some(endpoint.clone()),
        _ => None,
    }
}

/// PostgreSQL's store at a host and port.
fn postgres(server: &str, update: Update) -> Postgres {
    let Ok(StoreUrl::Postgres(url)) = format!("postgres://counter:secret@{server}/counts/hits").parse() else {
        panic!("{server} is a host and port");
    };
    Postgres::new(url, update).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_an_error_within_seconds() {
    // Port 9 of loopback: nothing listens there.
    let sdk = from_environment(Service::DynamoDb, environment("http://127.0.0.1:9")).unwrap();
    let dynamodb = DynamoDb::new(&sdk, "counters".into(), "hits".into(), Update::Atomic);
    let s3 = S3::new(&sdk, "counters".into(), "hits".into(), Update::Atomic);
    let started = Instant::now();
    assert!(matches!(dynamodb.add(1).await, Err(StoreError::Write { .. })));
    assert!(matches!(s3.add(1).await, Err(StoreError::Read { .. })));
    assert!(started.elapsed() < Duration::from_secs(11), "{:?}", started.elapsed());
    let started = Instant::now();
    let valkey = |update| Valkey::new("127.0.0.1:9", "hits".into(), false, update).unwrap();
    assert!(matches!(valkey(Update::Atomic).add(1).await, Err(StoreError::Write { .. })));
    assert!(matches!(valkey(Update::ReadThenWrite).add(1).await, Err(StoreError::Read { .. })));
    assert!(matches!(postgres("127.0.0.1:9", Update::Atomic).add(1).await, Err(StoreError::Write { .. })));
    assert!(matches!(postgres("127.0.0.1:9", Update::ReadThenWrite).add(1).await, Err(StoreError::Read { .. })));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_is_an_error_within_the_operations_bound() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let sdk = from_environment(Service::DynamoDb, environment(&endpoint)).unwrap();
    let dynamodb = DynamoDb::new(&sdk, "counters".into(), "hits".into(), Update::Atomic);
    let started = Instant::now();
    assert!(matches!(dynamodb.add(1).await, Err(StoreError::Write { .. })));
    // Three attempts of 3 s and their pauses, or the operation's 10 s.
    let took = started.elapsed();
    assert!(took > Duration::from_secs(8) && took < Duration::from_secs(11), "{took:?}");
    // Three times a connection's own bound: a connection is one once it has answered.
    let server = silent.local_addr().unwrap().to_string();
    let valkey = Valkey::new(&server, "hits".into(), false, Update::Atomic).unwrap();
    let started = Instant::now();
    assert!(matches!(valkey.add(1).await, Err(StoreError::Write { .. })));
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(3) && took < Duration::from_secs(11), "{took:?}");
    let started = Instant::now();
    assert!(matches!(postgres(&server, Update::Atomic).add(1).await, Err(StoreError::Write { .. })));
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(6) && took < Duration::from_secs(11), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_sends_a_byte_now_and_then_is_an_error_within_the_operations_bound() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                _ = stream.read(&mut [0; 4_096]);
                _ = stream.write_all(b"HTTP/1.1 200 OK\r\netag: \"1\"\r\ncontent-length: 1000\r\n\r\n");
                while stream.write_all(b"7").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    let sdk = from_environment(Service::DynamoDb, environment(&endpoint)).unwrap();
    let dynamodb = DynamoDb::new(&sdk, "counters".into(), "hits".into(), Update::Atomic);
    let s3 = S3::new(&sdk, "counters".into(), "hits".into(), Update::Atomic);
    let started = Instant::now();
    assert!(matches!(dynamodb.add(1).await, Err(StoreError::Write { .. })));
    assert!(started.elapsed() < Duration::from_secs(11), "{:?}", started.elapsed());
    assert!(matches!(s3.add(1).await, Err(StoreError::Read { .. })));
    assert!(started.elapsed() < Duration::from_secs(22), "{:?}", started.elapsed());
}

#[test]
fn a_missing_variable_is_named() {
    for missing in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
        let all = environment("");
        let config = from_environment(Service::S3, |name| all(name).filter(|_| name != missing));
        assert_eq!(config.unwrap_err(), ConfigError::Missing(missing, "s3"));
    }
}
