//! Server processes: started, waited for with a bound, ended by their own id.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The binary under test.
pub(crate) const SERVER: &str = env!("CARGO_BIN_EXE_server");

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    stdout: Option<BufReader<ChildStdout>>,
}

/// The server's command on a free port of loopback, with nothing else from this environment.
pub(crate) fn command(store: &str) -> Command {
    with_store(Command::new(SERVER), store)
}

pub(crate) fn with_store(mut command: Command, store: &str) -> Command {
    command.env_clear().env("LISTEN", "127.0.0.1:0").env("STORE", store);
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env("AWS_REGION", "eu-west-2");
    command
}

/// Starts `command` and waits for its line.
pub(crate) fn start(command: Command) -> Server {
    let mut command = command;
    let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let (line, read) = mpsc::channel();
    thread::spawn(move || {
        let mut first = String::new();
        _ = stdout.read_line(&mut first);
        _ = line.send((first, stdout));
    });
    let Ok((line, stdout)) = read.recv_timeout(Duration::from_secs(20)) else {
        _ = child.kill();
        _ = child.wait();
        panic!("the server printed nothing");
    };
    let address = line.trim_end().strip_prefix("listening on http://").map(|text| text.parse());
    let Some(Ok(address)) = address else {
        _ = child.kill();
        _ = child.wait();
        panic!("the server printed {line:?}");
    };
    Server { child, address, stdout: Some(stdout) }
}

impl Server {
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end; also gives what else it printed to stdout.
    pub(crate) fn ended(mut self, within: Duration) -> (ExitStatus, String) {
        let status = wait(&mut self.child, within);
        let mut rest = String::new();
        if let Some(stdout) = &mut self.stdout {
            stdout.read_to_string(&mut rest).unwrap();
        }
        (status, rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn wait(child: &mut Child, within: Duration) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > within {
            _ = child.kill();
            _ = child.wait();
            panic!("the process did not end within {within:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Runs a command that ends by itself: its exit code, stdout and stderr.
pub(crate) fn run(mut command: Command) -> (Option<i32>, String, String) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let status = wait(&mut child, Duration::from_secs(20));
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (status.code(), stdout, stderr)
}
