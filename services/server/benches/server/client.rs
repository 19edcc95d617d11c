//! The load: one request in flight on each of some kept-alive connections, from one thread
//! that writes to all and then reads from all. Two system calls a request and nothing else, so
//! that the server and not the client is the limit.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::host::Host;

const REQUEST: &[u8] = b"GET /hits HTTP/1.1\r\nhost: bench\r\n\r\n";

/// What one round showed.
pub(crate) struct Load {
    pub(crate) p50_us: f64,
    pub(crate) per_second: f64,
    pub(crate) cpu_us: f64,
}

/// Loads `host` for `duration`.
pub(crate) fn run(host: &Host, connections: usize, duration: Duration) -> Load {
    let mut streams: Vec<TcpStream> = (0..connections).map(|_| connect(host)).collect();
    let mut sent = vec![Instant::now(); connections];
    let mut latencies_ns = Vec::with_capacity(200_000);
    let cpu_before = host.cpu_us();
    let started = Instant::now();
    while started.elapsed() < duration {
        for (stream, sent) in streams.iter_mut().zip(&mut sent) {
            *sent = Instant::now();
            stream.write_all(REQUEST).expect("the server reads");
        }
        for (stream, sent) in streams.iter_mut().zip(&sent) {
            read_response(stream);
            latencies_ns.push(sent.elapsed().as_nanos() as u64);
        }
    }
    let elapsed = started.elapsed();
    let cpu_us = host.cpu_us() - cpu_before;
    latencies_ns.sort_unstable();
    let requests = latencies_ns.len() as f64;
    Load {
        p50_us: latencies_ns[latencies_ns.len() / 2] as f64 / 1e3,
        per_second: requests / elapsed.as_secs_f64(),
        cpu_us: cpu_us / requests,
    }
}

fn connect(host: &Host) -> TcpStream {
    let stream = TcpStream::connect(host.address).expect("the server listens");
    stream.set_nodelay(true).expect("a connected socket");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a connected socket");
    stream
}

/// Reads one response; both servers send a short one in one piece, nearly always.
fn read_response(stream: &mut TcpStream) {
    let mut buffer = [0; 1_024];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).expect("the server answers in time");
        assert!(read > 0, "the server closed the connection");
        filled += read;
        if complete(&buffer[..filled]) {
            return;
        }
    }
}

fn complete(response: &[u8]) -> bool {
    const LENGTH: &[u8] = b"content-length: ";
    assert!(response.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(response));
    let Some(head) = response.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return false;
    };
    let length = response[..head].windows(LENGTH.len()).position(|bytes| bytes == LENGTH);
    let digits = &response[length.expect("a length is stated") + LENGTH.len()..];
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    response.len() >= head + 4 + length
}
