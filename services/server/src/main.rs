//! The server's process: arguments, log, one call, exit code.

use std::process::ExitCode;

use server::{Config, HELP, ServerError, run};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some("--version" | "-V") => {
            println!("server {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Some(other) => {
            eprintln!("server: {other:?} is no argument; --help tells what there is");
            return ExitCode::from(2);
        }
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .with_target(false)
        // Told on stderr, and with a panic where that is what failed: a log on a full disk.
        .log_internal_errors(false)
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
