//! The lab's executable: reads the command line, runs one command, and turns what came of it into an exit code.

use std::process::ExitCode;

use artifact::prebuilt::Unusable;
use clap::Parser;
use deploy::Refused;
use lab::cli::{Cli, Command};
use lab::{cli, commands, completion, open_files};

fn main() -> ExitCode {
    completion::answer();
    open_files::raise();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => match cli::refusal(&error) {
            Some(line) => {
                programs::notice!("lab: {line}");
                return ExitCode::from(2);
            }
            // Help and version; so is help where a command is missing.
            None => error.exit(),
        },
    };
    let outcome = match cli.command {
        Command::Bench(arguments) => commands::bench::run(&arguments),
        Command::Up(arguments) => commands::up::run(arguments),
        Command::Ways(arguments) => commands::ways::run(&arguments),
        Command::Report(arguments) => commands::report::run(&arguments),
        Command::Runs(arguments) => commands::runs::run(&arguments),
        Command::Merge(arguments) => commands::merge::run(&arguments),
        Command::Cost(arguments) => commands::cost::run(&arguments),
        Command::Choose(arguments) => commands::choose::run(&arguments),
        Command::Size(arguments) => commands::choose::size(&arguments),
        Command::Traffic(arguments) => commands::choose::traffic_of(&arguments),
        Command::Prices(arguments) => commands::prices::run(&arguments),
        Command::Deploy(arguments) => commands::deploy::run(&arguments),
        Command::Deployments(arguments) => commands::deployments::run(&arguments),
        Command::Destroy(arguments) => commands::destroy::run(&arguments),
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Doctor { fix } => commands::doctor::run(fix),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Schema => commands::schema::run(),
        Command::Load { arguments } => load::main(&arguments).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        // One line: the chain of causes, outermost first.
        programs::notice!("lab: {error:#}");
        if error.is::<Unusable>() || error.is::<Refused>() { ExitCode::from(2) } else { ExitCode::FAILURE }
    })
}
