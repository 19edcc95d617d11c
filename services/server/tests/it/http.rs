//! The few lines of HTTP/1.1 that the tests need. Every wait is bounded.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

/// Status, headers in lower case, body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends `GET /hits` and the like, and reads the answer.
    pub(crate) fn call(&mut self, request: &str) -> io::Result<Answer> {
        let text = format!("{request} HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n");
        self.stream.get_mut().write_all(text.as_bytes())?;
        let (mut headers, mut line) = (String::new(), String::new());
        while self.stream.read_line(&mut line)? > 0 && line != "\r\n" {
            headers += &line.to_lowercase();
            line.clear();
        }
        let after = |name: &str| headers.lines().find_map(|line| line.strip_prefix(name));
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let status = headers.get(9..12).and_then(|code| code.parse().ok()).ok_or_else(cut)?;
        let length = after("content-length: ").and_then(|length| length.trim().parse().ok());
        let mut body = vec![0; length.ok_or_else(cut)?];
        if !request.starts_with("HEAD") {
            self.stream.read_exact(&mut body)?;
        }
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned(), headers })
    }
}

/// One call on a connection of its own.
pub(crate) fn call(address: SocketAddr, request: &str) -> io::Result<Answer> {
    Connection::open(address)?.call(request)
}
