//! AWS's Lambda Web Adapter for this machine: its crate, as released and with its own lock, in the checkout's `.lab` folder.
//! What is deployed has it from AWS's layer.

use std::path::{Path, PathBuf};

use ways::Adapter;

use super::command;

/// The adapter's program, built first if it is not there.
pub(super) async fn build(root: &Path, artifacts: &Path, adapter: &Adapter) -> anyhow::Result<PathBuf> {
    let folder = artifacts.join(format!("{}-{}", adapter.program, adapter.version));
    let program = folder.join("bin").join(&adapter.program);
    if !program.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let version = format!("={}", adapter.version);
        command::tool(root, Path::new(&cargo))
            .arguments(["install", "--locked", "--version", &version, "--root"])
            .arguments([folder.as_path(), Path::new(&adapter.crate_name)])
            .variable("CARGO_TARGET_DIR", root.join("target/adapter"))
            .inherit_stderr()
            .captured()
            .await?;
    }
    Ok(program)
}
