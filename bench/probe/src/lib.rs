//! The probe: a Lambda function that loads a URL from inside of the region, and answers with each call's samples. It knows
//! no way: what it measures is named in the event. It needs no right of AWS's but to log.
//!
//! The event is a [`LoadSpec`], the answer a [`LoadResult`]; of a load that begins at a given time, as those of many probes do, a
//! [`Tally`], which stays small however many calls there are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lambda_runtime::{LambdaEvent, service_fn};
use load::{Call, Generator, LoadResult, LoadSpec, Pace, Tally};
use programs::Command;
use serde::Serialize;

/// The most calls of one load. An answer may have 6 MB (Lambda quotas, "Invocation payload"), and a call takes 34
/// bytes of it at most: two times in nanoseconds below an hour, a word, a status, and what is between them.
pub const CALLS_MAX: u32 = 150_000;

/// The most calls of one load of which the tally is answered: its samples are held three times in some 200 MB.
pub const TALLIED_CALLS_MAX: u32 = 1_000_000;

/// The most connections: each is a file, and a function may have 1,024 (Lambda quotas).
pub const CONNECTIONS_MAX: u32 = 500;

/// The longest load: below the function's own 900 s (`infra/probe.nix`), so that it reports by itself what took so long.
const LIMIT: Duration = Duration::from_secs(840);

/// Why there are no samples.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// More was requested than fits.
    #[error("{requested} {what} were requested: {max} at most")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// What was requested.
        requested: u32,
        /// What fits.
        max: u32,
    },
    /// What was requested is not a load.
    #[error("{reason}")]
    NoLoad {
        /// Why not.
        reason: &'static str,
    },
    /// The load generator can't be run, or its samples can't be read.
    #[error("can't {what}: {reason}")]
    Generator {
        /// What was tried.
        what: &'static str,
        /// What the system reported.
        reason: String,
    },
    /// The load generator failed.
    #[error("the load generator failed: {reason}")]
    Failed {
        /// Its own account.
        reason: String,
    },
    /// It took too long.
    #[error("the load did not end within {} s: ask for fewer calls", LIMIT.as_secs())]
    Slow,
}

/// Answers invocations until the execution environment ends.
///
/// # Errors
/// When the Runtime API or the async runtime fails.
pub fn serve() -> Result<(), lambda_runtime::Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let handler = service_fn(|event: LambdaEvent<LoadSpec>| async move {
        // As text: the runtime logs an error by its `Debug`.
        run(&event.payload).await.map_err(|error| lambda_runtime::Error::from(error.to_string()))
    });
    runtime.block_on(lambda_runtime::Runtime::new(handler).run())
}

/// What the probe answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Every call.
    Samples(LoadResult),
    /// What they came to.
    Tally(Tally),
}

/// Makes the calls, in a process of its own.
///
/// # Errors
/// When they can't be made.
pub async fn run(spec: &LoadSpec) -> Result<Answer, ProbeError> {
    let (calls, connections) = (spec.calls > 0, spec.connections > 0);
    if !(calls && connections) {
        return Err(ProbeError::NoLoad { reason: "no call was requested: calls and connections are 1 at least" });
    }
    // A word that begins otherwise would be an option of oha's.
    if !["http://", "https://"].iter().any(|scheme| spec.url.starts_with(scheme)) {
        return Err(ProbeError::NoLoad { reason: "the URL is to begin with http:// or https://" });
    }
    if spec.start.is_some() && spec.per_second.is_none() {
        return Err(ProbeError::NoLoad { reason: "a load that begins at a given time is at a rate" });
    }
    check("calls", spec.calls, if spec.start.is_some() { TALLIED_CALLS_MAX } else { CALLS_MAX })?;
    check("connections", spec.connections, CONNECTIONS_MAX)?;
    let cant = |what| move |reason: std::io::Error| ProbeError::Generator { what, reason: reason.to_string() };
    let folder = tempfile::tempdir().map_err(cant("make a temporary folder"))?;
    let csv = folder.path().join("samples.csv");
    generate(spec, &csv).await?;
    let text = tokio::fs::read_to_string(&csv).await.map_err(cant("read the samples"))?;
    let unreadable = |reason| ProbeError::Generator { what: "read the samples", reason };
    let result = load::read(spec, &text).map_err(|reason| unreadable(format!("{reason:#}")))?;
    if spec.start.is_none() {
        return Ok(Answer::Samples(result));
    }
    let pace = Pace::read(&csv).ok_or_else(|| unreadable("the load left no pace".to_owned()))?;
    let due = || result.calls.iter().filter(|call| call.connecting.is_none());
    let begun = due().map(|call| call.start).min().unwrap_or_default();
    let end = due().map(Call::end).max().unwrap_or_default();
    let generator = Generator::here(load::cores_between(&csv, begun, end));
    Ok(Answer::Tally(Tally::of(spec.calls, &result, pace, generator)))
}

fn check(what: &'static str, requested: u32, max: u32) -> Result<(), ProbeError> {
    if requested <= max { Ok(()) } else { Err(ProbeError::TooMany { what, requested, max }) }
}

async fn generate(spec: &LoadSpec, csv: &Path) -> Result<(), ProbeError> {
    let cant = |reason: std::io::Error| ProbeError::Generator { what: "start oha", reason: reason.to_string() };
    let program = std::env::current_exe().map_err(cant)?;
    // It is in the package, beside what Lambda starts.
    let package = std::env::var_os("LAMBDA_TASK_ROOT").map_or_else(PathBuf::new, PathBuf::from);
    let generator = Command::new(program).arguments(load::arguments(spec, csv, &package.join("oha"))).limit(LIMIT);
    match generator.captured().await {
        Ok(_report) => Ok(()),
        Err(programs::Error::TimedOut { .. }) => Err(ProbeError::Slow),
        Err(error) => {
            Err(ProbeError::Failed { reason: error.stderr().map_or_else(|| error.to_string(), str::to_owned) })
        }
    }
}

#[cfg(test)]
mod tests {
    use load::Call;

    use super::*;

    #[test]
    fn the_largest_answer_fits() {
        let call = Call {
            start: LIMIT - Duration::from_nanos(1),
            duration: Duration::from_nanos(34_999_999_999),
            connecting: None,
            status: 200,
            expected: None,
        };
        let result = LoadResult {
            calls: vec![call; CALLS_MAX as usize],
            unanswered: u64::MAX,
            generator_cores: Some(f64::MAX),
            body_bytes: u64::MAX,
        };
        let bytes = serde_json::to_string(&result).expect("JSON").len();
        assert!(bytes <= 6 * 1024 * 1024, "{bytes} bytes");
    }
}
