//! The Go services, built by Go, each with the licences of what is linked into it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use cloud::Entrypoint;
use programs::Command;
use ways::Language;

use super::{Built, command, zip};

/// The folder with a folder for each of what is deployed, its executable in there as `bootstrap`.
struct Go {
    folder: PathBuf,
}

/// The name of each executable.
const EXECUTABLE: &str = "bootstrap";

/// What `services/go/go.mod` wants.
const SINCE: (u32, u32) = (1, 24);

pub(super) async fn build(root: &Path, artifacts: &Path) -> anyhow::Result<Box<dyn Built>> {
    let go = programs::on_path("go").context("go is no longer on PATH")?;
    let (source, folder) = (root.join("services/go"), artifacts.join("go"));
    let notices = source.join(zip::NOTICES);
    for name in super::functions(Language::Go).into_iter().chain(["server".to_owned()]) {
        let to = folder.join(&name);
        // As AWS's guide builds a function ("Deploy Go Lambda functions with .zip file archives"), without symbols. Go's own
        // cache builds nothing twice.
        let words = ["build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w", "-o"];
        let arguments =
            words.into_iter().map(OsString::from).chain([to.join(EXECUTABLE).into(), format!("./cmd/{name}").into()]);
        command::tool(&source, &go).variable("CGO_ENABLED", "0").arguments(arguments).captured().await?;
        fs::copy(&notices, to.join(zip::NOTICES)).with_context(|| format!("can't copy {}", notices.display()))?;
    }
    Ok(Box::new(Go { folder }))
}

impl Built for Go {
    fn server(&self) -> anyhow::Result<cloud::Artifact> {
        let executable = self.folder.join("server").join(EXECUTABLE);
        Ok(super::server(&executable, Entrypoint::program(&executable)))
    }

    fn adapted(&self) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.folder.join("server"), None))
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.folder.join(name), None))
    }
}

/// Whether Go is here, and builds the services.
pub(super) fn is_new_enough() -> bool {
    version().is_some_and(|version| version >= SINCE)
}

/// The longest that `go version` takes.
const VERSION_LIMIT: Duration = Duration::from_secs(20);

/// Go's own, without what a go.mod makes it fetch; nothing where there is no Go.
fn version() -> Option<(u32, u32)> {
    let command = Command::new("go").arguments(["version"]).variable("GOTOOLCHAIN", "local");
    parse_version(&String::from_utf8(command.captured_blocking(VERSION_LIMIT).ok()?).ok()?)
}

/// `go version go1.24.4 linux/amd64`, or `go1.25rc1`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(2)?.strip_prefix("go")?.split('.');
    let mut number = || {
        let word = numbers.next()?;
        word.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
    };
    Some((number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_is_one_that_builds_the_services() {
        assert_eq!(parse_version("go version go1.26.8 linux/amd64\n"), Some((1, 26)));
        assert_eq!(parse_version("go version go1.25rc1 linux/amd64"), Some((1, 25)));
        assert_eq!(parse_version("go version go1.19 linux/amd64"), Some((1, 19)));
        assert_eq!(parse_version("go version devel +a1b2c3 linux/amd64"), None);
        assert_eq!(parse_version(""), None);
    }
}
