//! The JavaScript functions: bundled by their own build script, run by AWS's runtime interface client on the Node.js
//! that the client's lock pins.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cloud::Entrypoint;
use ways::Build;

use super::Built;
use super::node::Node;

/// The folders that `services/javascript/build.mjs` makes.
struct JavaScript {
    folder: PathBuf,
    /// The one with the functions of this build.
    functions: &'static str,
}

pub(super) async fn build(root: &Path, artifacts: &Path, build: Build) -> anyhow::Result<Box<dyn Built>> {
    let folder = artifacts.join("javascript");
    let node = Node::find(root, &folder.join(".node")).await?;
    let functions = match build {
        Build::Idiomatic => "idiomatic",
        Build::Tuned => "functions",
    };
    for part in [functions, "runtime"] {
        let script = root.join("services/javascript/build.mjs").into();
        let words: [OsString; 3] = [script, part.into(), folder.join(part).into()];
        node.command(root).arguments(words).captured().await?;
    }
    Ok(Box::new(JavaScript { folder, functions }))
}

/// What stands for Lambda's managed runtime, without a handler.
pub(super) async fn runtime(root: &Path, artifacts: &Path) -> anyhow::Result<Entrypoint> {
    let folder = artifacts.join("javascript");
    let node = Node::find(root, &folder.join(".node")).await?;
    let words = [root.join("services/javascript/build.mjs"), "runtime".into(), folder.join("runtime")];
    node.command(root).arguments(words).captured().await?;
    Ok(JavaScript { folder, functions: "functions" }.entrypoint())
}

impl JavaScript {
    fn entrypoint(&self) -> Entrypoint {
        let runtime = self.folder.join("runtime");
        Entrypoint {
            program: runtime.join("bin/node"),
            args: vec![runtime.join("node_modules/aws-lambda-ric/index.mjs").into()],
            ..Entrypoint::default()
        }
    }
}

impl Built for JavaScript {
    fn runtime(&self) -> Option<(&'static str, Entrypoint)> {
        Some(("nodejs", self.entrypoint()))
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        let mut runtime = self.entrypoint();
        runtime.args.push("index.handler".into());
        runtime.env.insert("_HANDLER".to_owned(), "index.handler".to_owned());
        Ok((self.folder.join(self.functions).join(name), Some(runtime)))
    }
}
