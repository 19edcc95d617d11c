//! The end: what is in flight is answered, and a second signal cuts it off. The drain's bound is tested in `serve`, on a
//! paused clock.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::http::{Answer, call};
use crate::process::{Server, command, start};

/// A caller whose call has reached the store when this returns, and what lets the store answer.
fn in_flight() -> (Server, JoinHandle<std::io::Result<Answer>>, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = command("dynamodb://counters/hits");
    command.env("AWS_ENDPOINT_URL", format!("http://{}", listener.local_addr().unwrap()));
    let ((arrived, arrives), (go, waits)) = (channel(), channel());
    thread::spawn(move || answer_once(&listener, &arrived, &waits));
    let server = start(command);
    let address = server.address;
    let caller = thread::spawn(move || call(address, "GET /hits"));
    arrives.recv_timeout(Duration::from_secs(20)).unwrap();
    (server, caller, go)
}

fn answer_once(listener: &TcpListener, arrived: &Sender<()>, go: &Receiver<()>) {
    let (mut stream, _) = listener.accept().unwrap();
    _ = stream.read(&mut [0; 4_096]).unwrap();
    arrived.send(()).unwrap();
    if go.recv().is_err() {
        return;
    }
    let body = r#"{"Attributes":{"hits":{"N":"7"}}}"#;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0";
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    // Open until the client has read it.
    _ = stream.read(&mut [0; 1]);
}

/// Waits until the server takes no new connection: it has seen the signal.
fn until_draining(server: &Server) {
    let began = Instant::now();
    while call(server.address, "GET /").is_ok() {
        assert!(began.elapsed() < Duration::from_secs(20), "the server did not drain");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_request_in_flight_is_answered_and_a_new_one_is_not_taken() {
    let (server, caller, go) = in_flight();
    server.signal(Signal::TERM);
    until_draining(&server);
    go.send(()).unwrap();
    let answer = caller.join().unwrap().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "7"));
    assert_eq!(server.ended(Duration::from_secs(5)).0.code(), Some(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    let (server, caller, _go) = in_flight();
    server.signal(Signal::TERM);
    until_draining(&server);
    server.signal(Signal::INT);
    assert_eq!(server.ended(Duration::from_secs(2)).0.code(), Some(0));
    assert!(caller.join().unwrap().is_err());
}
