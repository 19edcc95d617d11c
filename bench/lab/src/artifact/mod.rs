//! Artifacts: what a way deploys, built by the lab when it is needed. One file per language.

mod rust;
mod zip;

use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};
use ways::{Axis, Kind, Language, Way, model};

use crate::run;

/// Builds artifacts, each language's once.
#[derive(Debug)]
pub struct Artifacts {
    root: PathBuf,
    rust: tokio::sync::OnceCell<rust::Executables>,
}

/// A way that this lab, or this machine, can't run, and why.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The service is not written in this language yet.
    #[error("this version of the lab has no {0} service yet")]
    Language(&'static str),
    /// The machine's processor is another one.
    #[error("it runs on {wanted}, and this machine is {machine}")]
    Arch {
        /// The way's instruction set.
        wanted: &'static str,
        /// The machine's.
        machine: &'static str,
    },
}

impl Artifacts {
    /// Artifacts of the checkout at `root`, kept in its `.lab` folder.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, rust: tokio::sync::OnceCell::new() }
    }

    /// Whether a way can be built and run here.
    ///
    /// # Errors
    /// The reason why it can't.
    pub fn available(way: Way) -> Result<(), Unavailable> {
        let machine = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            arch => arch,
        };
        match way.language {
            _ if way.arch.word() != machine => Err(Unavailable::Arch { wanted: way.arch.word(), machine }),
            Language::Rust => Ok(()),
            language @ (Language::Python | Language::JavaScript | Language::Cpp) => {
                Err(Unavailable::Language(model().language(language)))
            }
        }
    }

    /// What a way deploys, built first if need be.
    ///
    /// # Errors
    /// When it can't be built.
    pub async fn of(&self, way: Way) -> anyhow::Result<cloud::Artifact> {
        Self::available(way)?;
        let executables = self.rust.get_or_try_init(|| rust::build(&self.root)).await?;
        match model().compute(way.compute).kind {
            Kind::Server => Ok(cloud::Artifact::Server(executables.server()?)),
            Kind::Function => {
                let name = format!("lambda-{}", way.store);
                let zip = self.folder().join(format!("{name}.zip"));
                zip::bootstrap(&executables.function(&name)?, &zip)?;
                Ok(cloud::Artifact::Function(zip))
            }
        }
    }

    fn folder(&self) -> PathBuf {
        self.root.join(".lab/artifacts")
    }
}

/// What is said of an artifact in a run.
///
/// # Errors
/// When it can't be read.
pub fn describe(artifact: &cloud::Artifact) -> anyhow::Result<run::Artifact> {
    let (kind, path) = match artifact {
        cloud::Artifact::Server(path) => ("executable", path),
        cloud::Artifact::Function(path) => ("zip", path),
    };
    let content = read(path)?;
    Ok(run::Artifact {
        kind: kind.to_owned(),
        bytes: content.len() as u64,
        sha256: Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("can't read {}", path.display()))
}
