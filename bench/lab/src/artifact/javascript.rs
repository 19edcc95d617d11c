//! The JavaScript functions: bundled by their own build script, run by AWS's runtime interface client for Node.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use cloud::Entrypoint;

use super::{Built, command, toolchain};

/// The folders that `services/javascript/build.mjs` makes.
struct JavaScript {
    node: PathBuf,
    folder: PathBuf,
}

pub(super) async fn build(root: &Path, artifacts: &Path) -> anyhow::Result<Box<dyn Built>> {
    let node = toolchain::on_path("node").context("node is gone")?;
    let folder = artifacts.join("javascript");
    for part in ["functions", "runtime"] {
        let script = root.join("services/javascript/build.mjs").into();
        command::run(root, &node, &[script, OsString::from(part), folder.join(part).into()]).await?;
    }
    Ok(Box::new(JavaScript { node, folder }))
}

impl Built for JavaScript {
    fn server(&self) -> anyhow::Result<cloud::Artifact> {
        bail!("there is no JavaScript server: ways.toml lets JavaScript run on Lambda only")
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        let client = self.folder.join("runtime/node_modules/aws-lambda-ric/bin/index.mjs");
        let runtime = Entrypoint {
            program: self.node.clone(),
            args: vec![client.into(), "index.handler".into()],
            ..Entrypoint::default()
        };
        Ok((self.folder.join("functions").join(name), Some(runtime)))
    }
}
