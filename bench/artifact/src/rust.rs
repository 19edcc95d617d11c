//! The Rust services, built by Cargo in the profile in which they are deployed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use cloud::Entrypoint;
use serde::Deserialize;

use super::Built;

/// Executables by name.
struct Executables(BTreeMap<String, PathBuf>);

impl Executables {
    fn named(&self, name: &str) -> anyhow::Result<PathBuf> {
        self.0.get(name).cloned().with_context(|| format!("Cargo built no executable `{name}`"))
    }
}

impl Built for Executables {
    fn server(&self) -> anyhow::Result<cloud::Artifact> {
        let executable = self.named("server")?;
        Ok(super::server(&executable, Entrypoint::program(&executable)))
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.named(name)?, None))
    }
}

/// Builds all of them; Cargo tells its progress on stderr, and does nothing where nothing has changed.
pub(super) async fn build(root: &Path) -> anyhow::Result<Box<dyn Built>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = tokio::process::Command::new(&cargo);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_another_package)) {
        command.env_remove(name);
    }
    let output = command
        .current_dir(root)
        .args(["build", "--locked", "--profile", "service", "--package", "server", "--package", "lambda"])
        .args(["--bins", "--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("can't run {}: install Rust from https://rustup.rs", cargo.display()))?;
    ensure!(output.status.success(), "Cargo could not build the Rust services: what it said is above");
    Ok(Box::new(Executables(executables(&String::from_utf8_lossy(&output.stdout)))))
}

/// Whether a variable is what Cargo tells the program that it runs about its package. Build scripts that look at
/// these (ring's does) would be run again, and all above them built again, whenever the lab is started otherwise.
fn is_of_another_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"].contains(&name)
}

/// The part of Cargo's messages that tells of an executable.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable)
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_read_from_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"counter"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"server"},"executable":"/t/service/server"}
{"reason":"build-finished","success":true}
not JSON"#;
        let found = executables(messages);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("server".to_owned(), PathBuf::from("/t/service/server"))]);
    }
}
