//! `lab schema`: prints the JSON schema of `run.json`.

use std::process::ExitCode;

use measure::run::Run;

/// Prints the schema.
///
/// # Errors
/// When stdout can't be written to.
pub fn run() -> anyhow::Result<ExitCode> {
    super::print(&format!("{}\n", serde_json::to_string_pretty(&Run::schema())?))?;
    Ok(ExitCode::SUCCESS)
}
