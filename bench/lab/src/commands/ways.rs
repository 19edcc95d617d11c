//! `lab ways`: lists ways, and prints the facts about them.

use std::fmt::Write;
use std::process::ExitCode;

use serde::Serialize;
use ways::{Facts, Parts, Way, model};

use crate::cli;

/// Lists the given ways, the catalogue, or every valid way; or prints the facts.
///
/// # Errors
/// When stdout can't be written to.
pub fn run(arguments: &cli::Ways) -> anyhow::Result<ExitCode> {
    let ways: Vec<Way> = match (arguments.ways.is_empty(), arguments.all) {
        (false, _) => arguments.ways.clone(),
        (true, true) => model().ways().collect(),
        (true, false) => model().catalogue().map(|row| row.way).collect(),
    };
    let text = match (arguments.facts, arguments.json) {
        (true, _) => json(&Facts::of_this_build())?,
        (false, true) => json(&ways.into_iter().map(Parts::of).collect::<Vec<_>>())?,
        (false, false) => list(&ways),
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn list(ways: &[Way]) -> String {
    let width = ways.iter().map(|way| way.to_string().len()).max().unwrap_or_default();
    ways.iter().fold(String::new(), |mut text, way| {
        let _ = writeln!(text, "{way:width$}  {}", model().title(*way));
        text
    })
}
