//! The SDK's connections: used again, seen to be closed, and given up after trouble; and answers that never end. Against
//! a peer of plain sockets, because what is tested is below HTTP.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use counter::aws::{Service, from_environment};
use counter::{DynamoDb, S3, Store, StoreError, Update};

use crate::unreachable::environment;

const COUNT: &str = r#"{"Attributes":{"hits":{"N":"7"}}}"#;

/// A store, and how many connections its peer has seen. The peer calls `answer` with each
/// connection's and each request's number, and hangs up as soon as the next is `None`.
fn store(answer: impl Fn(usize, usize) -> Option<String> + Send + Sync + 'static) -> (DynamoDb, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (connections, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
    let seen = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = seen.fetch_add(1, Ordering::Relaxed);
            let (mut stream, answer) = (stream.unwrap(), Arc::clone(&answer));
            std::thread::spawn(move || {
                let answers = (0..).map_while(|request| answer(connection, request));
                for response in answers {
                    if read(&mut stream).is_none() || stream.write_all(response.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let sdk = from_environment(Service::DynamoDb, environment(&endpoint)).unwrap();
    (DynamoDb::new(&sdk, "counters".into(), "hits".into(), Update::Atomic), connections)
}

/// Reads to the brace that ends a request's JSON.
fn read(stream: &mut TcpStream) -> Option<()> {
    let (mut buffer, mut filled) = ([0; 4_096], 0);
    while !buffer[..filled].ends_with(b"}") {
        filled += stream.read(&mut buffer[filled..]).ok().filter(|read| *read > 0)?;
    }
    Some(())
}

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn one_caller_has_one_connection() {
    let (store, connections) = store(|_, _| Some(response("200 OK", COUNT)));
    for _ in 0..10 {
        assert_eq!(store.add(1).await.unwrap(), 7);
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_costs_no_attempt() {
    let (closed, closing) = std::sync::mpsc::channel();
    // The peer hangs up after each answer without having announced it.
    let (store, connections) = store(move |_, request| {
        if request > 0 {
            closed.send(()).unwrap();
        }
        (request == 0).then(|| response("200 OK", COUNT))
    });
    for expect in 1..=3 {
        assert_eq!(store.add(1).await.unwrap(), 7);
        assert_eq!(connections.load(Ordering::Relaxed), expect, "each call made one attempt");
        closing.recv().unwrap();
        // Its end is on the way; the client looks for it when the call after this one begins.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_connection_that_failed_is_not_used_again() {
    let (store, connections) = store(|connection, _| {
        Some(match connection {
            0 => response("500 Internal Server Error", "{}"),
            _ => response("200 OK", COUNT),
        })
    });
    assert_eq!(store.add(1).await.unwrap(), 7);
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_answer_longer_than_any_count_is_refused() {
    let (store, connections) = store(|_, _| Some(response("200 OK", &" ".repeat(2 << 20))));
    assert!(matches!(store.add(1).await, Err(StoreError::Write { .. })));
    assert_eq!(connections.load(Ordering::Relaxed), 1, "the same answer is not requested again");
}

#[tokio::test]
async fn an_answer_that_never_ends_is_refused_before_it_fills_memory() {
    for head in ["transfer-encoding: chunked", "content-length: 99999999999", "etag: x"] {
        let sent = Arc::new(AtomicUsize::new(0));
        let endpoint = endless(head, Arc::clone(&sent));
        let dynamodb = from_environment(Service::DynamoDb, environment(&endpoint)).unwrap();
        let dynamodb = DynamoDb::new(&dynamodb, "counters".into(), "hits".into(), Update::Atomic);
        assert!(matches!(dynamodb.add(1).await, Err(StoreError::Write { .. })), "{head}");
        let s3 = from_environment(Service::S3, environment(&endpoint)).unwrap();
        let s3 = S3::new(&s3, "counters".into(), "hits".into(), Update::Atomic);
        assert!(matches!(s3.add(1).await, Err(StoreError::Read { .. })), "{head}");
        let sent = sent.load(Ordering::Relaxed);
        assert!(sent < 100 << 20, "{head}: {sent} bytes were taken");
    }
}

/// A service whose answers go on until their connection is closed.
fn endless(head: &'static str, sent: Arc<AtomicUsize>) -> String {
    const CHUNK: usize = 1 << 16;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let mut chunk = "9".repeat(CHUNK);
    if head.ends_with("chunked") {
        chunk = format!("{CHUNK:x}\r\n{chunk}\r\n");
    }
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            _ = stream.read(&mut [0; 4_096]);
            let mut bytes = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").into_bytes();
            while stream.write_all(&bytes).is_ok() {
                sent.fetch_add(bytes.len(), Ordering::Relaxed);
                bytes = chunk.clone().into_bytes();
            }
        }
    });
    endpoint
}
