//! A DynamoDB that gives every request the same answer, from one blocking thread: two system
//! calls a request, so that it is not what is measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The count in every answer.
pub(crate) const COUNT: u64 = 1_234_567;

/// With the headers that DynamoDB sends.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\
    server: Server\r\n\
    date: Wed, 25 Nov 2026 03:19:23 GMT\r\n\
    content-type: application/x-amz-json-1.0\r\n\
    content-length: 39\r\n\
    connection: keep-alive\r\n\
    x-amzn-requestid: 9QMDB3VEVQ4R1CQNU8AVPK4PJFVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n\
    x-amz-crc32: 1634186033\r\n\r\n\
    {\"Attributes\":{\"hits\":{\"N\":\"1234567\"}}}";

/// Serves until the process ends.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            stream.set_nodelay(true).expect("a connected socket");
            std::thread::spawn(move || answer(stream));
        }
    });
    address
}

/// Both clients send a request in one piece, ended by the brace of its JSON.
fn answer(mut stream: TcpStream) {
    let mut buffer = [0; 4_096];
    let mut filled = 0;
    while let Ok(read @ 1..) = stream.read(&mut buffer[filled..]) {
        filled += read;
        if buffer[..filled].ends_with(b"}") {
            filled = 0;
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}
