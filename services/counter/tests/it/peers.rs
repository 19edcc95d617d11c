//! The SDK stores against peers of a few lines that keep one count each. The real protocols are
//! tested by the lab, against its own DynamoDB and S3.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use counter::aws::{Service, from_environment};
use counter::{Batched, DynamoDb, S3, Store, StoreError, Update};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::exact;
use crate::unreachable::environment;

/// One S3 object and the requests it has seen.
#[derive(Clone, Default)]
struct Object {
    body: Arc<Mutex<Option<String>>>,
    gets: Arc<AtomicU64>,
    puts: Arc<AtomicU64>,
    /// A request of this method is answered 200 without an ETag, and done.
    proxied: Arc<Mutex<Option<&'static str>>>,
}

impl Object {
    fn set(&self, body: &str) {
        *self.body.lock().unwrap() = Some(body.to_owned());
    }

    /// GETs and PUTs since the last time.
    fn requests(&self) -> (u64, u64) {
        (self.gets.swap(0, Ordering::Relaxed), self.puts.swap(0, Ordering::Relaxed))
    }
}

async fn get_object(State(object): State<Object>) -> Response {
    object.gets.fetch_add(1, Ordering::Relaxed);
    match &*object.body.lock().unwrap() {
        Some(body) if *object.proxied.lock().unwrap() == Some("GET") => body.clone().into_response(),
        Some(body) => ([("etag", etag(body))], body.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
    }
}

async fn put_object(State(object): State<Object>, headers: HeaderMap, new: String) -> Response {
    object.puts.fetch_add(1, Ordering::Relaxed);
    let mut body = object.body.lock().unwrap();
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (if_match, if_none_match) = (header("if-match"), header("if-none-match"));
    let met = match (&*body, if_match, if_none_match) {
        (_, None, None) => true,
        (Some(old), Some(expect), None) => expect == etag(old),
        (None, None, Some(any)) => any == "*",
        (None, Some(_), _) => return StatusCode::NOT_FOUND.into_response(),
        (Some(_), _, Some(_)) => false,
    };
    if !met {
        return StatusCode::PRECONDITION_FAILED.into_response();
    }
    let tag = etag(&new);
    *body = Some(new);
    match *object.proxied.lock().unwrap() == Some("PUT") {
        true => "<html>".into_response(),
        false => [("etag", tag)].into_response(),
    }
}

fn etag(body: &str) -> String {
    format!("\"{}\"", body.trim_end())
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, app).into_future());
    endpoint
}

async fn s3(update: Update) -> (impl Fn() -> S3, Object) {
    let object = Object::default();
    let routes = get(get_object).put(put_object);
    let app = Router::new().route("/bucket/a/hits", routes).with_state(object.clone());
    let sdk = from_environment(Service::S3, environment(&serve(app).await)).unwrap();
    (move || S3::new(&sdk, "bucket".into(), "a/hits".into(), update), object)
}

#[tokio::test]
async fn a_lone_s3_writer_reads_once_and_then_only_writes() {
    let (open, object) = s3(Update::Atomic).await;
    let store = open();
    for (calls, expect) in [(1, (1, 1)), (10, (0, 10))] {
        for _ in 0..calls {
            store.add(1).await.unwrap();
        }
        assert_eq!(object.requests(), expect);
    }
    assert_eq!(store.add(0).await.unwrap(), 11);
    // Somebody else writes: seen, counted on, and not remembered until it is quiet again.
    object.set("100");
    object.requests();
    for (count, expect) in [(101, (1, 2)), (102, (1, 1)), (103, (0, 1))] {
        assert_eq!(store.add(1).await.unwrap(), count);
        assert_eq!(object.requests(), expect, "{count}");
    }
}

#[tokio::test]
async fn an_s3_object_that_is_not_a_count_is_an_error_and_stays() {
    let (open, object) = s3(Update::Atomic).await;
    object.set("hello");
    assert!(matches!(open().add(1).await, Err(StoreError::Corrupt { .. })));
    assert_eq!(object.body.lock().unwrap().as_deref(), Some("hello"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_counts_exactly_bare_and_batched() {
    let (open, _) = s3(Update::Atomic).await;
    exact::check(open(), 0, 8, 5).await;
    exact::check(Batched::new(open()), 40, 50, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_environments_on_one_s3_key_all_win_at_last() {
    let (open, _) = s3(Update::Atomic).await;
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let store = open();
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for _ in 0..5 {
                    numbers.push(store.add(1).await.unwrap());
                }
                numbers
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for caller in callers {
        numbers.extend(caller.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=250).collect::<Vec<_>>());
}

#[tokio::test]
async fn s3_read_then_write_makes_the_original_studys_two_calls() {
    let (open, object) = s3(Update::ReadThenWrite).await;
    let store = open();
    for count in 1..=3 {
        assert_eq!(store.add(1).await.unwrap(), count);
        assert_eq!(object.requests(), (1, 1));
    }
    assert_eq!(store.add(0).await.unwrap(), 3);
    assert_eq!(object.requests(), (1, 0));
}

#[tokio::test]
async fn an_s3_answer_without_an_etag_is_neither_a_read_nor_a_write() {
    for update in [Update::Atomic, Update::ReadThenWrite] {
        let (open, object) = s3(update).await;
        let store = open();
        assert_eq!(store.add(1).await.unwrap(), 1);
        *object.proxied.lock().unwrap() = Some("PUT");
        let Err(StoreError::Write { source, .. }) = store.add(1).await else { panic!("{update:?}") };
        assert_eq!(source.to_string(), "the answer has no ETag, so it is not S3's");
        *object.proxied.lock().unwrap() = Some("GET");
        assert!(matches!(store.add(1).await, Err(StoreError::Read { .. })), "{update:?}");
        *object.proxied.lock().unwrap() = None;
        // The peer has kept what it did not acknowledge: a number is skipped, none repeated.
        assert_eq!(store.add(1).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn a_count_from_before_the_newline_is_read_by_its_length() {
    let (open, object) = s3(Update::Atomic).await;
    object.set("12345");
    assert_eq!(open().add(1).await.unwrap(), 12_346);
    assert_eq!(object.body.lock().unwrap().as_deref(), Some("12346\n"));
}

#[tokio::test]
async fn an_s3_count_whose_end_is_missing_is_refused() {
    for (cut, expect) in [("1234", None), ("12345", None), ("", None), ("12345\n", Some(12_345))] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        // An HTTP/1.0 proxy: the connection's end is the body's.
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let read = stream.read(&mut [0; 4_096]).await.unwrap();
                assert!(read > 0);
                let answer = format!("HTTP/1.0 200 OK\r\netag: \"1\"\r\n\r\n{cut}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let sdk = from_environment(Service::S3, environment(&endpoint)).unwrap();
        let store = S3::new(&sdk, "bucket".into(), "a/hits".into(), Update::ReadThenWrite);
        match expect {
            Some(count) => assert_eq!(store.add(0).await.unwrap(), count),
            None => assert!(matches!(store.add(0).await, Err(StoreError::Read { .. })), "{cut:?}"),
        }
    }
}

/// The `N` after `name` in a DynamoDB request.
fn number(request: &str, name: &str) -> u64 {
    let (_, rest) = request.split_once(&format!(r#""{name}":{{"N":""#)).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

async fn table(State(hits): State<Arc<AtomicU64>>, headers: HeaderMap, request: String) -> String {
    assert!(request.contains(r#""TableName":"counters""#), "{request}");
    assert!(request.contains(r#""id":{"S":"hits"}"#), "{request}");
    let item = |key, hits| format!(r#"{{"{key}":{{"hits":{{"N":"{hits}"}}}}}}"#);
    match headers["x-amz-target"].to_str().unwrap() {
        "DynamoDB_20120810.UpdateItem" => {
            assert!(request.contains(r#""UpdateExpression":"ADD hits :n""#), "{request}");
            let n = number(&request, ":n");
            item("Attributes", hits.fetch_add(n, Ordering::Relaxed) + n)
        }
        "DynamoDB_20120810.GetItem" => item("Item", hits.load(Ordering::Relaxed)),
        "DynamoDB_20120810.PutItem" => {
            hits.store(number(&request, "hits"), Ordering::Relaxed);
            "{}".to_owned()
        }
        other => panic!("{other}"),
    }
}

async fn dynamodb(update: Update) -> DynamoDb {
    let app = Router::new().route("/", post(table)).with_state(Arc::default());
    let sdk = from_environment(Service::DynamoDb, environment(&serve(app).await)).unwrap();
    DynamoDb::new(&sdk, "counters".into(), "hits".into(), update)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamodb_counts_exactly_bare_and_batched() {
    exact::check(dynamodb(Update::Atomic).await, 0, 20, 20).await;
    exact::check(Batched::new(dynamodb(Update::Atomic).await), 0, 50, 20).await;
}

#[tokio::test]
async fn dynamodb_read_then_write_counts_alone() {
    exact::check(dynamodb(Update::ReadThenWrite).await, 0, 1, 3).await;
}
