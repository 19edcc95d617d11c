//! The end: what is in flight is answered, within a bound, and a second signal cuts it off.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::http::{Answer, call};
use crate::process::{Server, command, start};

/// A server whose DynamoDB takes `delay` for its one answer, `None` for ever.
fn slow(delay: Option<Duration>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = command("dynamodb://counters/hits");
    command.env("AWS_ENDPOINT_URL", format!("http://{}", listener.local_addr().unwrap()));
    thread::spawn(move || {
        let Some(delay) = delay else {
            thread::sleep(Duration::from_secs(60));
            return drop(listener);
        };
        let (mut stream, _) = listener.accept().unwrap();
        _ = stream.read(&mut [0; 4_096]).unwrap();
        thread::sleep(delay);
        let body = r#"{"Attributes":{"hits":{"N":"7"}}}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0";
        write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        // Held until the client has read it.
        _ = stream.read(&mut [0; 1]);
    });
    start(command)
}

/// A call that is in flight when this returns.
fn in_flight(server: &Server) -> JoinHandle<std::io::Result<Answer>> {
    let address = server.address;
    let caller = thread::spawn(move || call(address, "GET /hits"));
    thread::sleep(Duration::from_millis(300));
    caller
}

#[test]
fn a_request_in_flight_is_answered_and_a_new_one_is_not_taken() {
    let server = slow(Some(Duration::from_millis(1_200)));
    let caller = in_flight(&server);
    server.signal(Signal::TERM);
    thread::sleep(Duration::from_millis(300));
    assert!(call(server.address, "GET /").is_err(), "a draining server takes no new connection");
    let answer = caller.join().unwrap().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "7"));
    assert_eq!(server.ended(Duration::from_secs(5)).0.code(), Some(0));
}

#[test]
fn the_drain_has_a_bound() {
    let server = slow(None);
    let _caller = in_flight(&server);
    let asked = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.ended(Duration::from_secs(12)).0.code(), Some(0));
    assert!(asked.elapsed() > Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_second_signal_ends_at_once() {
    let server = slow(None);
    let caller = in_flight(&server);
    server.signal(Signal::TERM);
    thread::sleep(Duration::from_millis(200));
    server.signal(Signal::INT);
    assert_eq!(server.ended(Duration::from_secs(2)).0.code(), Some(0));
    assert!(caller.join().unwrap().is_err());
}
