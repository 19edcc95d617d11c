//! The C++ functions, built by CMake.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use cloud::Entrypoint;

use super::{Built, command, toolchain};

/// The folders that CMake installs into.
struct Cpp {
    folder: PathBuf,
}

pub(super) async fn build(root: &Path, artifacts: &Path) -> anyhow::Result<Box<dyn Built>> {
    let cmake = toolchain::on_path("cmake").context("cmake is gone")?;
    let folder = artifacts.join("cpp");
    let (source, build) = (root.join("services/cpp"), folder.join("build"));
    let word = OsString::from;
    let configure = [word("-S"), source.into(), word("-B"), build.clone().into(), word("-DCMAKE_BUILD_TYPE=Release")];
    command::run(root, &cmake, &configure).await?;
    command::run(root, &cmake, &[word("--build"), build.clone().into(), word("--parallel")]).await?;
    for name in ["lambda-dynamodb", "lambda-s3"] {
        let to = folder.join(name).into();
        let install = [word("--install"), build.clone().into(), word("--prefix"), to, word("--component"), word(name)];
        command::run(root, &cmake, &install).await?;
    }
    Ok(Box::new(Cpp { folder }))
}

impl Built for Cpp {
    fn server(&self) -> anyhow::Result<cloud::Artifact> {
        bail!("there is no C++ server: ways.toml lets C++ run on Lambda only")
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.folder.join(name), None))
    }
}
