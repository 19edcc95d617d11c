//! The server's process: arguments, log, one call, exit code.

use std::process::ExitCode;

use server::{Config, ServerError, help, run};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            print!("{}", help());
            return ExitCode::SUCCESS;
        }
        Some("--version" | "-V") => {
            println!("server {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Some(other) => {
            eprintln!("server: {other:?} is not an argument; --help lists what there is");
            return ExitCode::from(2);
        }
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(LevelFilter::WARN)
        .with_target(false)
        // They would go to stderr, with a panic where stderr is what failed: a log on a full disk.
        .log_internal_errors(false)
        .finish()
        // What the SDK logs, its errors contain.
        .with(Targets::new().with_default(LevelFilter::WARN).with_target("aws_", LevelFilter::OFF))
        .init();
    let served = Config::read(|name| std::env::var(name).ok()).and_then(|config| run(&config));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server: {}", one_line(&error));
            ExitCode::from(error.exit_code())
        }
    }
}

/// The error and its causes in one line.
fn one_line(error: &ServerError) -> String {
    let mut line = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        line = format!("{line}: {error}");
        source = error.source();
    }
    line
}
