//! The Rust services, built by Cargo: the tuned ones in the profile in which they are deployed, the idiomatic ones in their
//! own workspace, so that neither build has the features of the other. And how Cargo is run to have executables.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cloud::Entrypoint;
use serde::Deserialize;
use ways::Build;

use super::{Built, command};

/// Executables by name.
pub(super) struct Executables(BTreeMap<String, PathBuf>);

impl Executables {
    pub(super) fn named(&self, name: &str) -> anyhow::Result<PathBuf> {
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

    fn adapted(&self) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.named("server")?, None))
    }
}

/// Builds those that are named.
pub(super) async fn build(root: &Path, build: Build, programs: &BTreeSet<String>) -> anyhow::Result<Box<dyn Built>> {
    let (folder, what): (_, &[&str]) = match build {
        Build::Idiomatic => (root.join("services/idiomatic"), &["--release"]),
        Build::Tuned => (root.to_owned(), &["--profile", "service", "--package", "server", "--package", "lambda"]),
    };
    let programs = programs.iter().flat_map(|program| ["--bin", program]);
    Ok(Box::new(executables_of(&folder, what.iter().copied().chain(programs)).await?))
}

/// The executables that Cargo builds of a folder, given arguments of its own that name what to build. It reports its progress on stderr, and does
/// nothing where nothing has changed.
pub(super) async fn executables_of<I: IntoIterator<Item: AsRef<OsStr>>>(
    folder: &Path,
    arguments: I,
) -> anyhow::Result<Executables> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = command::tool(folder, Path::new(&cargo))
        .arguments(["build", "--locked", "--message-format", "json-render-diagnostics"])
        .arguments(arguments)
        // For its progress bar: the first build takes minutes.
        .inherit_stderr();
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_another_package)) {
        command = command.without_variable(name);
    }
    let messages = command.captured().await?;
    Ok(Executables(executables(&String::from_utf8_lossy(&messages))))
}

/// Whether Cargo sets a variable for the package of the program that it runs. Build scripts that look at
/// these (ring's does) would be run again, and all above them built again, whenever the lab is started otherwise.
fn is_of_another_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"].contains(&name)
}

/// The part of Cargo's messages that names an executable.
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
