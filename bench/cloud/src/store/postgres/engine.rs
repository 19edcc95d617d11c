//! A server of PostgreSQL as the distribution has it: on loopback, in a folder of its own, with all that makes a count durable.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use ways::{Axis, Store};

use crate::process::{LogTail, Output, Process, ProcessSpec};
use crate::scratch::Scratch;
use crate::server::free_port;
use crate::store::engine::{EngineError, LOG_BYTES, ended, needed, on_path, until_up};

/// Making a cluster takes 0.7 s of a processor.
const MAKE: Duration = Duration::from_secs(60);
/// Removing an identifier takes a millisecond.
const UNLINK: Duration = Duration::from_secs(2);
/// Who counts, and where: the database that each cluster begins with.
const USER: &str = "counter";
const DATABASE: &str = "postgres";
/// Users to run it as where the lab is root: its package's, and the one that every system has.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// A running server. Dropped, it is killed, and its folder removed.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    password: String,
    _process: Process,
    _folder: Scratch,
}

impl Server {
    /// Makes a cluster, starts it, and waits (bounded) until it takes connections.
    pub(super) async fn start(store: Store) -> Result<Self, EngineError> {
        let found = needed(store)?;
        // Its other programs are beside it, wherever a link to it is.
        let postgres = found.canonicalize().map_err(EngineError::Room)?;
        let user = if rustix::process::geteuid().is_root() { Some(unprivileged(&postgres)?) } else { None };
        let folder = Scratch::new("postgres-").map_err(EngineError::Room)?;
        let (data, secret) = (folder.path().join("data"), folder.path().join("password"));
        let password = uuid::Uuid::new_v4().to_string();
        fs::write(&secret, &password).map_err(EngineError::Room)?;
        if let Some(user) = &user {
            user.given(&folder, &secret).map_err(EngineError::Room)?;
        }
        let log = LogTail::new(LOG_BYTES);
        let spec = |program: PathBuf, arguments: Vec<OsString>| {
            let (program, args) = match &user {
                None => (program, arguments),
                Some(user) => user.runs(&program, arguments),
            };
            ProcessSpec {
                program,
                args,
                // Without it, each looks for the system's among all there are.
                env: [("TZ".into(), "UTC".into())].into(),
                current_dir: Some(folder.path().to_owned()),
                stdout: Output::tail(&log),
                stderr: Output::tail(&log),
                ..ProcessSpec::default()
            }
        };
        let make = Process::spawn(spec(postgres.with_file_name("initdb"), initdb(&data, &secret)));
        let make = make.await.map_err(EngineError::Spawn)?;
        match make.wait_exit_within(MAKE).await {
            Some(exit) if exit.status.success() => {}
            exit => return Err(ended(exit, &log)),
        }
        let address = free_port().map_err(EngineError::Room)?;
        let connections = store.facts().connections.map(|it| it.server);
        let process = Process::spawn(spec(postgres, arguments(&data, address.port(), connections)));
        let process = process.await.map_err(EngineError::Spawn)?;
        until_up(&process, &log, || is_up(address)).await?;
        unlink_shared_memory(&data).await;
        Ok(Self { address, password, _process: process, _folder: folder })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it is reached at an address, as its URL has it.
    pub(super) fn place(&self, address: SocketAddr) -> String {
        format!("{USER}:{}@{address}/{DATABASE}", self.password)
    }
}

/// Who is not root, and may own a cluster.
struct User {
    uid: u32,
    gid: u32,
}

/// The first of [`USERS`] that this machine has.
fn unprivileged(postgres: &Path) -> Result<User, EngineError> {
    let users = fs::read_to_string("/etc/passwd").map_err(EngineError::Room)?;
    let of = |name: &&str| {
        let mut fields = users.lines().find_map(|line| line.strip_prefix(*name)?.strip_prefix(':'))?.split(':').skip(1);
        Some(User { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    };
    USERS.iter().find_map(of).ok_or_else(|| EngineError::Root(postgres.display().to_string()))
}

impl User {
    /// Gives it the folder and the file in it; it may pass through the one of all temporary folders, and not list it.
    fn given(&self, folder: &Scratch, file: &Path) -> io::Result<()> {
        for path in [folder.path(), file] {
            chown(path, Some(self.uid), Some(self.gid))?;
        }
        folder.path().parent().map_or(Ok(()), |lab| fs::set_permissions(lab, Permissions::from_mode(0o711)))
    }

    /// What runs a program as it. The system forgets who dies with the lab when a process changes its user.
    fn runs(&self, program: &Path, arguments: Vec<OsString>) -> (PathBuf, Vec<OsString>) {
        let setpriv = on_path("setpriv").unwrap_or_else(|| "setpriv".into());
        let (uid, gid) = (format!("--reuid={}", self.uid), format!("--regid={}", self.gid));
        let own = [&uid, &gid, "--clear-groups", "--pdeathsig=KILL", "--"].map(OsString::from);
        (setpriv, own.into_iter().chain([program.into()]).chain(arguments).collect())
    }
}

/// A cluster that asks for a password, as RDS does, by the same proof.
fn initdb(data: &Path, secret: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--pgdata".into(), data.into()];
    arguments.push([OsStr::new("--pwfile="), secret.as_os_str()].into_iter().collect());
    // The files of an empty cluster need not outlive the machine; what is counted then is synchronised.
    let others = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"];
    arguments.push(format!("--username={USER}").into());
    arguments.extend(others.map(OsString::from));
    arguments
}

/// On loopback only; as many connections as AWS's server takes, of which the owner of a cluster of one's own is kept none; and
/// nothing outside of its folder but what [`unlink_shared_memory`] removes.
fn arguments(data: &Path, port: u16, connections: Option<u32>) -> Vec<OsString> {
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        "unix_socket_directories=".to_owned(),
        "dynamic_shared_memory_type=mmap".to_owned(),
    ];
    if let Some(connections) = connections {
        let others = ["superuser_reserved_connections=0", "max_wal_senders=0"].map(str::to_owned);
        settings.extend([format!("max_connections={connections}")].into_iter().chain(others));
    }
    let settings = settings.into_iter().flat_map(|setting| ["-c".into(), setting.into()]);
    ["-D".into(), data.into()].into_iter().chain(settings).collect()
}

/// Whether it takes connections: it answers a first message with a request for a proof, and before with an error.
async fn is_up(address: SocketAddr) -> io::Result<bool> {
    let parameters = format!("user\0{USER}\0database\0{DATABASE}\0\0");
    let length = u32::try_from(8 + parameters.len()).map_err(io::Error::other)?;
    // Version 3.0 of the protocol.
    let first = [&length.to_be_bytes()[..], &[0, 3, 0, 0], parameters.as_bytes()].concat();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&first).await?;
    Ok(stream.read_u8().await? == b'R')
}

/// A server that is killed leaves a segment of shared memory behind, by which the next one in its folder would find that it still
/// runs. Nobody else starts in this folder: removed now, the segment lasts until the server's last process ends, however that is.
async fn unlink_shared_memory(data: &Path) {
    let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let Some(id) = state.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)) else { return };
    // Without that program 56 bytes are left of a lab that was killed.
    let Some(program) = on_path("ipcrm") else { return };
    let spec = ProcessSpec { program, args: vec!["-m".into(), id.into()], ..ProcessSpec::default() };
    if let Ok(process) = Process::spawn(spec).await {
        let _removed = process.wait_exit_within(UNLINK).await;
    }
}
