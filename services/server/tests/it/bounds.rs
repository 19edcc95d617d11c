//! Requests with bodies, clients that have closed their side, and requests at the edge of HTTP/1. The bounds in time are
//! tested in `connection`, on a paused clock.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::http::call;
use crate::process::{command, start};

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// The first answer: its head, and as much of a body as it states.
fn answer(stream: &mut TcpStream, head_only: bool) -> (String, String) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next());
            if head_only || length.is_some_and(|length| body.len() >= length.parse().unwrap()) {
                return (head.to_owned(), body.to_owned());
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the connection ended after {text:?}");
        bytes.extend_from_slice(&buffer[..read]);
    }
}

#[test]
fn a_body_is_read_to_its_end_before_its_sender_gets_a_number() {
    let server = start(command("memory:"));
    for (number, length) in [10_000, 1_000_000, 1 << 20].into_iter().enumerate() {
        let mut stream = connect(server.address);
        write!(stream, "POST /hits HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")
            .unwrap();
        stream.write_all(&vec![b'x'; length]).unwrap();
        let (head, body) = answer(&mut stream, false);
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert_eq!(body, (number + 1).to_string());
    }
}

#[test]
fn a_body_that_is_too_long_is_refused_and_read_on_for_its_sender_to_see_it() {
    let server = start(command("memory:"));
    for chunked in [false, true] {
        let mut stream = connect(server.address);
        let framing = if chunked { "transfer-encoding: chunked" } else { "content-length: 8388608" };
        write!(stream, "POST /hits HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n").unwrap();
        let part = "x".repeat(1 << 20);
        for _ in 0..8 {
            let part = if chunked { format!("100000\r\n{part}\r\n") } else { part.clone() };
            stream.write_all(part.as_bytes()).unwrap();
        }
        if chunked {
            stream.write_all(b"0\r\n\r\n").unwrap();
        }
        let (head, body) = answer(&mut stream, false);
        assert!(head.starts_with("HTTP/1.1 413 ") && head.contains("connection: close"), "{head}");
        assert_eq!(body, r#"{"type":"about:blank","title":"Payload Too Large","status":413}"#);
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "the connection goes on");
    }
    assert_eq!(call(server.address, "GET /hits").unwrap().body, "1");
}

#[test]
fn a_body_is_read_before_a_target_that_is_not_ascii_is_refused() {
    let server = start(command("memory:"));
    let mut stream = connect(server.address);
    write!(stream, "PUT /readyz/\u{2615} HTTP/1.1\r\nhost: x\r\ncontent-length: 70000\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(stream.read(&mut [0; 1]).is_err(), "it is answered before its body");
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(&[b'x'; 70_000]).unwrap();
    assert!(answer(&mut stream, false).0.starts_with("HTTP/1.1 400 "));
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn a_refusal_can_be_read_by_a_client_that_is_still_sending() {
    let server = start(command("memory:"));
    let many = "x: y\r\n".repeat(101);
    for (request, status) in [
        (format!("POST /hits HTTP/1.1\r\n{many}content-length: 500000\r\n\r\n"), 431),
        ("hello\r\n\r\n".to_owned(), 400),
        ("POST /hits HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n".to_owned(), 400),
        ("CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 400),
    ] {
        let mut stream = connect(server.address);
        stream.write_all(request.as_bytes()).unwrap();
        assert!(answer(&mut stream, false).0.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}");
        for _ in 0..5 {
            stream.write_all(&[b'x'; 100_000]).expect("what follows is read");
        }
        stream.shutdown(Shutdown::Write).unwrap();
        let end = stream.read(&mut [0; 1]);
        assert!(matches!(end, Ok(0)), "{request:?}: {end:?}");
    }
}

#[test]
fn a_client_that_has_closed_its_side_is_answered() {
    let server = start(command("memory:"));
    for number in 1..=50 {
        let mut stream = connect(server.address);
        stream.write_all(b"GET /hits HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(answer(&mut stream, false).1, number.to_string());
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    }
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = start(command("memory:"));
    for head in [format!("x: {}\r\n", "x".repeat(65 << 10)), "x: y\r\n".repeat(101)] {
        let mut stream = connect(server.address);
        // The refusal may come before all of it is sent.
        _ = stream.write_all(format!("GET / HTTP/1.1\r\n{head}\r\n").as_bytes());
        assert!(answer(&mut stream, false).0.starts_with("HTTP/1.1 431 "));
    }
}

/// The Python server is held to the same table.
#[test]
fn odd_requests_are_answered_as_the_table_says() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../odd_requests.json");
    let table: Vec<(String, u16, String)> = serde_json::from_str(&std::fs::read_to_string(table).unwrap()).unwrap();
    let server = start(command("memory:"));
    let mut counted = 0;
    for (request, status, title) in table {
        let mut stream = connect(server.address);
        // Each character is a byte.
        let bytes: Vec<u8> = request.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
        stream.write_all(&bytes).unwrap();
        let (head, body) = answer(&mut stream, request.starts_with("HEAD"));
        // An answer to HTTP/1.0 is one of HTTP/1.0.
        assert_eq!(head[9..12], status.to_string(), "{request:?}: {head}");
        match title.as_str() {
            "1" => {
                counted += 1;
                assert_eq!(body, counted.to_string(), "{request:?}");
            }
            "" => assert_eq!(body, "", "{request:?}"),
            title => {
                let problem: Value = serde_json::from_str(&body).unwrap();
                assert_eq!((&problem["title"], &problem["status"]), (&title.into(), &status.into()), "{request:?}");
            }
        }
    }
}
