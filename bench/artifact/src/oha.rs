//! Which oha makes the load: the one that `LAB_OHA` names, else one of the pinned version beside the lab or on the path, else
//! what is built of `bench/oha` in the checkout. Must not know what is requested by it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use programs::{Command, notice, on_path};
use tokio::sync::OnceCell;

use super::rust;

/// The version that runs are made with, unless `LAB_OHA` names another: bench/oha/Cargo.toml pins it, and a test compares
/// the two.
pub const OHA_VERSION: &str = "1.9.0";

/// The variable that names an executable of oha's, of any version.
const VARIABLE: &str = "LAB_OHA";

/// Where its manifest is in a checkout.
const FOLDER: &str = "bench/oha";

/// The longest that it takes to print its version.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// An oha, built when it is wanted.
#[derive(Debug)]
pub struct Oha {
    version: String,
    source: Source,
    program: OnceCell<PathBuf>,
}

#[derive(Debug)]
enum Source {
    Here(PathBuf),
    Checkout(PathBuf),
}

impl Oha {
    /// The oha of this machine, or that of the checkout at `root`, which is not built yet.
    ///
    /// # Errors
    /// When what `LAB_OHA` names is none; when there is neither an oha of the pinned version nor a checkout.
    pub fn find(root: &Path) -> anyhow::Result<Self> {
        let oha = |version: &str, source| Self { version: version.to_owned(), source, program: OnceCell::new() };
        if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
            let named = PathBuf::from(named);
            let version = version(&named).with_context(|| format!("{VARIABLE}={} is no oha", named.display()))?;
            return Ok(oha(&version, Source::Here(named)));
        }
        let beside = std::env::current_exe().ok().map(|lab| lab.with_file_name("oha")).filter(|path| path.is_file());
        let checkout = root.join(FOLDER).is_dir();
        // What is beside a lab that was built in a checkout was built there too, and may be an older one.
        let found = beside.filter(|_| !checkout).into_iter().chain(on_path("oha"));
        let is_pinned = |path: &PathBuf| version(path).is_ok_and(|version| version == OHA_VERSION);
        if let Some(found) = found.into_iter().find(is_pinned) {
            return Ok(oha(OHA_VERSION, Source::Here(found)));
        }
        if !checkout {
            bail!(
                "oha {OHA_VERSION}, which makes the calls, is not on the path: `cargo install --locked oha@{OHA_VERSION}`, or \
                 name one in {VARIABLE}"
            );
        }
        Ok(oha(OHA_VERSION, Source::Checkout(root.to_owned())))
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its executable, built first if need be.
    ///
    /// # Errors
    /// When it can't be built.
    pub async fn program(&self) -> anyhow::Result<&Path> {
        let program = self.program.get_or_try_init(|| async {
            match &self.source {
                Source::Here(program) => Ok(program.clone()),
                Source::Checkout(root) => build(root).await,
            }
        });
        Ok(program.await?)
    }
}

fn version(program: &Path) -> anyhow::Result<String> {
    let printed = Command::new(program).arguments(["--version"]).captured_blocking(VERSION_LIMIT)?;
    let printed = String::from_utf8_lossy(&printed);
    let version = printed.strip_prefix("oha ").and_then(|rest| rest.split_whitespace().next());
    Ok(version.context("it prints no version of oha's")?.to_owned())
}

/// In the folder and the profile in which the lab was built, for what both depend on is compiled once there.
async fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let mut arguments: Vec<OsString> = vec!["--bins".into()];
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        arguments.extend(["--target-dir".into(), root.join("target").into()]);
    }
    if !cfg!(debug_assertions) {
        arguments.push("--release".into());
    }
    let built = async {
        let executables = rust::executables_of(&root.join(FOLDER), arguments).await?;
        executables.named("oha")
    };
    let mut built = std::pin::pin!(built);
    tokio::select! {
        built = &mut built => return built,
        () = tokio::time::sleep(super::ANNOUNCED_AFTER) => {}
    }
    notice!("lab: building oha {OHA_VERSION}, which makes the calls: a minute, the first time");
    built
        .await
        .with_context(|| format!("can't build oha: put oha {OHA_VERSION} on the path, or name one in {VARIABLE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_what_it_prints() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("oha");
        let printing = |text: &str| {
            // By a child: what this process has open for writing is open in other tests' children, too, and cannot be run.
            let script = r#"printf '%s\n' '#!/bin/sh' "printf '$2'" >"$1" && chmod 755 "$1""#;
            let shell = Command::new("sh").arguments(["-c", script, "sh"]).arguments([&program]).arguments([text]);
            shell.captured_blocking(VERSION_LIMIT).expect("it is written");
            version(&program).map_err(|error| error.to_string())
        };
        assert_eq!(printing("oha 1.16.0 (rustls)\\nbuilt today\\n"), Ok("1.16.0".to_owned()));
        assert_eq!(printing("ohai 1\\n"), Err("it prints no version of oha's".to_owned()));
    }
}
