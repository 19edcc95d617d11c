//! The Go services, built by Go, each with the licences of what is linked into it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cloud::Entrypoint;
use ways::Language;

use super::{Built, command, zip};

/// The folder with a folder for each of what is deployed, its executable in there as `bootstrap`.
struct Go {
    folder: PathBuf,
}

/// The name of each executable.
const EXECUTABLE: &str = "bootstrap";

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
