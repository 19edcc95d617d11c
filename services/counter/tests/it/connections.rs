//! The SDK's connections: kept, seen to be closed, and given up after trouble. Against a peer of
//! plain sockets, because what is tested is below HTTP.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use counter::aws::{Service, from_environment};
use counter::{DynamoDb, Store, StoreError, Update};

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
    // The peer hangs up after each answer without having said so.
    let (store, connections) = store(|_, request| (request == 0).then(|| response("200 OK", COUNT)));
    for expect in 1..=3 {
        let started = Instant::now();
        assert_eq!(store.add(1).await.unwrap(), 7);
        assert_eq!(connections.load(Ordering::Relaxed), expect);
        assert!(started.elapsed() < Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(50)).await;
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
    assert_eq!(connections.load(Ordering::Relaxed), 1, "the same answer is not asked for again");
}
