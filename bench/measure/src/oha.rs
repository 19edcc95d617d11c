//! The load generator: oha below a process of its own, or that process alone where a load is our own loop's.
//!
//! `lab load …` runs and watches it: the lab starts itself so, and reads the samples that oha leaves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::load::{Call, LoadResult, LoadSpec, PARENT, arguments, cores, read};
use anyhow::Context;
use cloud::Scratch;
use programs::Command;

use super::LoadGenerator;

/// A whole run takes no longer than this.
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

/// oha, run by the lab.
#[derive(Debug)]
pub struct Oha {
    lab: PathBuf,
    /// Absent where all loads are our own loop's.
    oha: Option<artifact::oha::Oha>,
}

impl Oha {
    /// That oha, run by the given executable of the lab.
    #[must_use]
    pub fn new(lab: PathBuf, oha: artifact::oha::Oha) -> Self {
        Self { lab, oha: Some(oha) }
    }

    /// None, for loads of a mix or at a rate, which the given executable of the lab makes itself.
    #[must_use]
    pub fn without(lab: PathBuf) -> Self {
        Self { lab, oha: None }
    }

    /// Its version; the pinned one where no load needs it.
    #[must_use]
    pub fn version(&self) -> &str {
        self.oha.as_ref().map_or(artifact::oha::OHA_VERSION, artifact::oha::Oha::version)
    }

    async fn program(&self) -> anyhow::Result<&Path> {
        match &self.oha {
            Some(oha) => oha.program().await,
            None => Ok(Path::new("oha")),
        }
    }

    /// Builds it if need be, ahead of the first load.
    ///
    /// # Errors
    /// When it can't be built.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        self.program().await.map(|_| ())
    }
}

impl LoadGenerator for Oha {
    async fn run(&self, spec: &LoadSpec) -> anyhow::Result<LoadResult> {
        let folder = Scratch::new("oha-").context("can't make a temporary folder for oha's samples")?;
        let csv = folder.path().join("samples.csv");
        let words = arguments(spec, &csv, self.program().await?);
        let command = Command::new(&self.lab).arguments(words).variable(PARENT, std::process::id().to_string());
        command.limit(RUN_TIMEOUT).captured().await?;
        let text = tokio::fs::read_to_string(&csv).await.context("oha left no samples")?;
        let mut result = read(spec, &text)?;
        let end = result.calls.iter().map(Call::end).max().unwrap_or_default();
        result.generator_cores = cores(&csv, end);
        Ok(result)
    }
}
