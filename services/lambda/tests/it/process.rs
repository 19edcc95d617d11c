//! Function processes: waited for with a bound, ended by their own id.

use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// A function, the form of its store's URL, and such a URL. Port 9 of loopback: nothing listens there.
pub(crate) const FUNCTIONS: [(&str, &str, &str); 4] = [
    (env!("CARGO_BIN_EXE_lambda-dynamodb"), "dynamodb://TABLE/KEY", "dynamodb://TABLE/KEY"),
    (env!("CARGO_BIN_EXE_lambda-s3"), "s3://BUCKET/KEY", "s3://BUCKET/KEY"),
    (VALKEY, "valkey://HOST:PORT/KEY", "valkey://127.0.0.1:9/KEY"),
    (POSTGRES, "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY", "postgres://counter:secret@127.0.0.1:9/counts/KEY"),
];

/// The functions that call no service of AWS's.
pub(crate) const VALKEY: &str = env!("CARGO_BIN_EXE_lambda-valkey");
pub(crate) const POSTGRES: &str = env!("CARGO_BIN_EXE_lambda-postgres");

/// A process that is killed when dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

impl Running {
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "the function did not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The command as Lambda would start it, with `store`.
pub(crate) fn command(binary: &str, store: &str, runtime_api: &str) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().env("STORE", store).env("AWS_LAMBDA_RUNTIME_API", runtime_api);
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", "counter"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "eu-west-2"),
        // Port 9 of loopback: nothing listens there.
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ] {
        command.env(name, value);
    }
    command
}
