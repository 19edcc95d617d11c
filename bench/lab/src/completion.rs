//! Completion in the shell: `source <(COMPLETE=bash lab)`, likewise for zsh, fish, elvish and PowerShell.

use std::ffi::OsStr;

use clap::CommandFactory;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::CompleteEnv;

use crate::cli::Cli;

/// Answers the shell and ends, if it is the shell that started the lab.
pub fn answer() {
    CompleteEnv::with_factory(Cli::command).complete();
}

/// Completes names of ways, and after an `@` their sizes.
pub(crate) fn ways() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| -> Vec<CompletionCandidate> {
        let typed = typed.to_string_lossy();
        ways::completions(&typed).into_iter().map(CompletionCandidate::new).collect()
    })
}
