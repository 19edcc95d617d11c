//! The load generator: oha in a process of its own.
//!
//! `lab load …` *is* oha: the lab starts itself so, and reads the samples that it leaves.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use load::{LoadResult, LoadSpec};
use programs::Command;

use super::LoadGenerator;

/// A whole run takes no longer than this.
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

/// oha in a process of its own.
#[derive(Debug)]
pub struct Oha {
    lab: PathBuf,
}

impl Oha {
    /// oha as the given lab executable carries it.
    #[must_use]
    pub fn new(lab: PathBuf) -> Self {
        Self { lab }
    }
}

impl LoadGenerator for Oha {
    async fn run(&self, spec: &LoadSpec) -> anyhow::Result<LoadResult> {
        let folder = tempfile::tempdir().context("can't make a temporary folder for oha's samples")?;
        let csv = folder.path().join("samples.csv");
        Command::new(&self.lab).arguments(load::arguments(spec, &csv)).limit(RUN_TIMEOUT).captured().await?;
        let text = tokio::fs::read_to_string(&csv).await.context("oha left no samples")?;
        load::read(spec, &text)
    }
}
