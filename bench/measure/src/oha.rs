//! The load generator: oha in a process of its own.
//!
//! `lab load …` *is* oha: the lab starts itself so, and reads the samples that it leaves.

use std::path::PathBuf;
use std::time::Duration;

use ::load::{Call, LoadResult, LoadSpec, PARENT, arguments, cores, read};
use anyhow::Context;
use cloud::Scratch;
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
        let folder = Scratch::new("oha-").context("can't make a temporary folder for oha's samples")?;
        let csv = folder.path().join("samples.csv");
        let command =
            Command::new(&self.lab).arguments(arguments(spec, &csv)).variable(PARENT, std::process::id().to_string());
        command.limit(RUN_TIMEOUT).captured().await?;
        let text = tokio::fs::read_to_string(&csv).await.context("oha left no samples")?;
        let mut result = read(spec, &text)?;
        let end = result.calls.iter().map(Call::end).max().unwrap_or_default();
        result.generator_cores = cores(&csv, end);
        Ok(result)
    }
}
