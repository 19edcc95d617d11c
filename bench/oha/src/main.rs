//! oha's own main. What it is run with, and what becomes of its samples, is bench/load's to know.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let options = oha::Opts::parse();
    // oha blocks inside of its runtime, which only this kind allows; its calls run in threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(oha::run(options)));
    outcome.map_or_else(
        |error| {
            eprintln!("oha: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
