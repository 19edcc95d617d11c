//! The load generator: oha, pinned by Cargo.lock, in a process of its own.
//!
//! `lab load …` *is* oha: the lab starts itself so, and reads the samples that oha writes as CSV.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Parser;
use cloud::process::{LogTail, Output, Process, ProcessSpec};

use super::LoadGenerator;
use super::load::{Call, LoadResult, LoadSpec};

/// A call that takes longer than this has failed: longer than the 30 s after which AWS's HTTP API gives up.
const CALL_TIMEOUT: &str = "35s";

/// A whole run takes no longer than this.
const RUN_TIMEOUT: Duration = Duration::from_secs(300);

/// What is kept of its complaints.
const SAID_BYTES: usize = 4096;

const CSV_HEADER: &str = "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status";

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
            args: arguments(spec, &csv),
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
        let calls = read_csv(&text)?;
        let unanswered = u64::from(spec.calls).saturating_sub(calls.len() as u64);
        Ok(LoadResult { calls, unanswered })
    }
}

fn arguments(spec: &LoadSpec, csv: &Path) -> Vec<OsString> {
    let (connections, calls) = (spec.connections.to_string(), spec.calls.to_string());
    ["load", "--no-tui", "--output-format", "csv", "--redirect", "0", "-t", CALL_TIMEOUT, "-c", &connections]
        .into_iter()
        .chain(["-n", &calls, &spec.url, "-o"])
        .map(OsString::from)
        .chain([csv.into()])
        .collect()
}

/// oha's own main: what `lab load ARGUMENT…` runs.
///
/// # Errors
/// What oha says.
pub fn main(arguments: &[String]) -> anyhow::Result<()> {
    let options = oha::Opts::parse_from(std::iter::once("lab load").chain(arguments.iter().map(String::as_str)));
    // oha blocks inside of its runtime, which only this kind allows; its calls run in threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(oha::run(options))
}

fn read_csv(text: &str) -> anyhow::Result<Vec<Call>> {
    let mut lines = text.lines();
    ensure!(lines.next() == Some(CSV_HEADER), "oha's samples have another header than `{CSV_HEADER}`");
    lines.map(|line| read_line(line).with_context(|| format!("can't read oha's sample `{line}`"))).collect()
}

fn read_line(line: &str) -> anyhow::Result<Call> {
    let fields: Vec<&str> = line.split(',').collect();
    let &[start, _dns, dialup, _delay, duration, _bytes, status] = fields.as_slice() else {
        bail!("it has {} fields, not 7", fields.len());
    };
    let seconds = |field: &str| anyhow::Ok(Duration::try_from_secs_f64(field.parse()?)?);
    Ok(Call {
        start: seconds(start)?,
        duration: seconds(duration)?,
        opened_connection: !seconds(dialup)?.is_zero(),
        status: status.parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_as_oha_writes_them() {
        let text =
            format!("{CSV_HEADER}\n0.0001,0.00002,0.00005,0.0002,0.00025,3,200\n0.0004,0,0,0.0001,0.00015,3,503\n");
        let micros = Duration::from_micros;
        assert_eq!(
            read_csv(&text).expect("valid"),
            [
                Call { start: micros(100), duration: micros(250), opened_connection: true, status: 200 },
                Call { start: micros(400), duration: micros(150), opened_connection: false, status: 503 },
            ]
        );
    }

    #[test]
    fn samples_of_another_form_are_refused() {
        for (text, message) in [
            ("", "another header"),
            ("start,end\n", "another header"),
            (&format!("{CSV_HEADER}\n1,2,3\n"), "1,2,3"),
            (&format!("{CSV_HEADER}\n-1,0,0,0,0,0,200\n"), "-1,0"),
            (&format!("{CSV_HEADER}\n1,0,0,0,inf,0,200\n"), "inf"),
        ] {
            let error = read_csv(text).expect_err(text).to_string();
            assert!(error.contains(message), "{text:?}: {error}");
        }
    }
}
