//! What the benches call with: a blocking HTTP client that adds as little as can be to what it measures.

use std::{
    error::Error,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// A blocking HTTP/1.1 client for small answers with a `content-length`.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: &str, patience: Duration) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Self { stream, buffer: vec![0; 16 * 1024] })
    }

    /// Fails on any status but 200.
    pub(crate) fn call(&mut self, request: &str) -> Result<(), Failure> {
        self.stream.write_all(request.as_bytes())?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..])?;
            if read == 0 {
                return Err("the connection was closed".into());
            }
            filled += read;
            let answer = &self.buffer[..filled];
            let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&answer[..end])?;
            let length: usize = head
                .lines()
                .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")))
                .ok_or("an answer without content-length")?
                .1
                .trim()
                .parse()?;
            if filled >= end + 4 + length {
                return if head.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(head.to_owned().into()) };
            }
        }
    }
}
