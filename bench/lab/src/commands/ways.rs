//! `lab ways`: lists ways.

use std::fmt::Write;
use std::process::ExitCode;

use serde::Serialize;
use ways::{Arch, Compute, Front, Language, Store, Way, model};

use crate::cli;

/// One way and its parts, as `--json` prints it.
#[derive(Serialize)]
struct Listed {
    name: String,
    compute: Compute,
    language: Language,
    store: Store,
    front: Front,
    arch: Arch,
    durable: bool,
}

impl Listed {
    fn of(way: Way) -> Self {
        Self {
            name: way.to_string(),
            compute: way.compute,
            language: way.language,
            store: way.store,
            front: way.front,
            arch: way.arch,
            durable: model().store(way.store).durable,
        }
    }
}

/// Lists the catalogue, or every valid way.
///
/// # Errors
/// When stdout can't be written to.
pub fn run(arguments: &cli::Ways) -> anyhow::Result<ExitCode> {
    let ways: Vec<Way> = match arguments.all {
        true => model().ways().collect(),
        false => model().catalogue().map(|row| row.way).collect(),
    };
    let text = match arguments.json {
        true => format!("{}\n", serde_json::to_string_pretty(&ways.into_iter().map(Listed::of).collect::<Vec<_>>())?),
        false => list(&ways),
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn list(ways: &[Way]) -> String {
    let width = ways.iter().map(|way| way.to_string().len()).max().unwrap_or_default();
    ways.iter().fold(String::new(), |mut text, way| {
        let _ = writeln!(text, "{way:width$}  {}", model().title(*way));
        text
    })
}
