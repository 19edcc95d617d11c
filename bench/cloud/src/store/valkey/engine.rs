//! A server of Valkey's protocol as the distribution has it: on loopback, in a folder of its own, without persistence.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use ways::{Axis, Store};

use crate::process::{LogTail, Output, Process, ProcessError, ProcessSpec};
use crate::scratch::Scratch;
use crate::server::free_port;

/// How long one may take until it answers: it takes some 20 ms.
const START: Duration = Duration::from_secs(10);
/// How often it is called until then, and how long one call may take.
const POLL: Duration = Duration::from_millis(5);
const CALL: Duration = Duration::from_secs(1);
/// How much of what it prints is stored, in bytes: the reason of an early end is in the last line.
const LOG_BYTES: usize = 4 * 1024;

/// A running server. Dropped, it is killed, and its folder removed.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    _process: Process,
    _folder: Scratch,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// None of the programs is on the path.
    #[error("none of {programs} is here: apt-get install {package}")]
    Missing {
        /// Those that would do.
        programs: String,
        /// The Debian package that brings one.
        package: &'static str,
    },
    /// No folder, or no port of loopback.
    #[error("there is no room for the store's server")]
    Room(#[source] io::Error),
    /// It did not start.
    #[error("the store's server did not start")]
    Spawn(#[source] ProcessError),
    /// It ended before it answered.
    #[error("the store's server ended ({0})")]
    Ended(String),
    /// It runs and does not answer.
    #[error("the store's server did not answer within {} s", START.as_secs())]
    Silent,
}

impl Server {
    /// Starts the first of a store's engines that is here, and waits (bounded) until it answers.
    pub(super) async fn start(store: Store) -> Result<Self, EngineError> {
        let engine = store.facts().engine.as_ref().expect("ways.toml has this store's engine: a test reads it");
        for program in &engine.programs {
            match Self::start_program(program).await {
                Err(EngineError::Spawn(ProcessError::Spawn { source, .. }))
                    if source.kind() == io::ErrorKind::NotFound => {}
                started => return started,
            }
        }
        Err(EngineError::Missing { programs: engine.programs.join(", "), package: &engine.package })
    }

    async fn start_program(program: &str) -> Result<Self, EngineError> {
        let folder = Scratch::new("valkey-").map_err(EngineError::Room)?;
        let address = free_port().map_err(EngineError::Room)?;
        let log = LogTail::new(LOG_BYTES);
        let port = address.port().to_string();
        let arguments =
            ["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no", "--daemonize", "no"];
        let process = Process::spawn(ProcessSpec {
            program: PathBuf::from(program),
            args: arguments.map(Into::into).into(),
            current_dir: Some(folder.path().to_owned()),
            stdout: Output::tail(&log),
            stderr: Output::tail(&log),
            ..ProcessSpec::default()
        })
        .await
        .map_err(EngineError::Spawn)?;
        let answers = async {
            while !timeout(CALL, is_up(address)).await.is_ok_and(|answered| answered.unwrap_or(false)) {
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::select! {
            // First: whoever else has the port would answer in its place.
            biased;
            exit = process.wait_exit() => {
                let how = exit.map_or_else(|| "unknown status".to_owned(), |exit| exit.to_string());
                Err(EngineError::Ended(format!("{how}: {}", log.text().trim().lines().next_back().unwrap_or_default())))
            }
            () = answers => Ok(Self { address, _process: process, _folder: folder }),
            () = tokio::time::sleep(START) => Err(EngineError::Silent),
        }
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
