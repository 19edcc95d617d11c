//! The probe's executable: the function's `bootstrap`, and what runs oha when it has started itself again.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = match arguments.next().as_deref() {
        Some(load::WORD) => load::main(&arguments.collect::<Vec<_>>()).map_err(|error| format!("{error:#}")),
        Some(_) | None => probe::serve().map_err(|error| error.to_string()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("probe: {reason}");
            ExitCode::FAILURE
        }
    }
}
