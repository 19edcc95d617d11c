//! The load generator: oha in a process of its own.
//!
//! `lab load …` *is* oha: the lab starts itself so, and reads the samples that it leaves.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use cloud::process::{LogTail, Output, Process, ProcessSpec};
use load::{LoadResult, LoadSpec};

use super::LoadGenerator;

/// A whole run takes no longer than this.
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

/// What is kept of its complaints.
const SAID_BYTES: usize = 4096;

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
        let said = LogTail::new(SAID_BYTES);
        let process = Process::spawn(ProcessSpec {
            program: self.lab.clone(),
            args: load::arguments(spec, &csv),
            stderr: Output::tail(&said),
            ..ProcessSpec::default()
        })
        .await?;
        let exit = tokio::time::timeout(RUN_TIMEOUT, process.wait_exit())
            .await
            .with_context(|| format!("oha did not end within {} s", RUN_TIMEOUT.as_secs()))?
            .context("oha's end was missed")?;
        ensure!(exit.status.success(), "oha ended with {exit}: {}", said.text().trim());
        let text = tokio::fs::read_to_string(&csv).await.context("oha left no samples")?;
        load::read(spec, &text)
    }
}
