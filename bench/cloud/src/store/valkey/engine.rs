//! A server of Valkey's protocol as the distribution has it: on loopback, in a folder of its own, without persistence.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use ways::Store;

use crate::process::{LogTail, Output, Process, ProcessSpec};
use crate::scratch::Scratch;
use crate::server::free_port;
use crate::store::engine::{EngineError, LOG_BYTES, needed, until_up};

/// A running server. Dropped, it is killed, and its folder removed.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    _process: Process,
    _folder: Scratch,
}

impl Server {
    /// Starts a store's engine, and waits (bounded) until it answers.
    pub(super) async fn start(store: Store) -> Result<Self, EngineError> {
        let program = needed(store)?;
        let folder = Scratch::new("valkey-").map_err(EngineError::Room)?;
        let address = free_port().map_err(EngineError::Room)?;
        let log = LogTail::new(LOG_BYTES);
        let port = address.port().to_string();
        let arguments =
            ["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no", "--daemonize", "no"];
        let process = Process::spawn(ProcessSpec {
            program,
            args: arguments.map(Into::into).into(),
            current_dir: Some(folder.path().to_owned()),
            stdout: Output::tail(&log),
            stderr: Output::tail(&log),
            ..ProcessSpec::default()
        })
        .await
        .map_err(EngineError::Spawn)?;
        until_up(&process, &log, || is_up(address)).await?;
        Ok(Self { address, _process: process, _folder: folder })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Whether something that speaks the protocol answers.
async fn is_up(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await?;
    Ok(&answer == b"+PONG\r\n")
}
