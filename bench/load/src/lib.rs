//! The load: what a load generator is to do, what it reports, and oha, pinned by Cargo.lock, that does it. It measures
//! nothing by itself, and knows neither ways nor AWS: the lab and the probe both carry it.
//!
//! oha is run in a process of its own: whoever carries this crate starts itself again with [`arguments`], calls [`main`]
//! there, and reads the samples that oha left by [`read`].

mod call;
mod parent;
mod processor;
mod samples;

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;
use serde::{Deserialize, Serialize};

pub use call::{Call, LoadResult, Throughput};
pub use parent::VARIABLE as PARENT;
pub use processor::cores;
pub use samples::read;

/// A call that takes longer than this has failed: longer than the 30 s after which AWS's HTTP API gives up.
const CALL_TIMEOUT: &str = "35s";

/// The word by which a program knows that it is started again to be oha.
pub const WORD: &str = "load";

/// Calls to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadSpec {
    /// What to get.
    pub url: String,
    /// Connections, each with one call at a time.
    pub connections: u32,
    /// Calls in all.
    pub calls: u32,
}

/// The arguments that a program starts itself with, to leave the samples of a load in `csv`.
#[must_use]
pub fn arguments(spec: &LoadSpec, csv: &Path) -> Vec<OsString> {
    let (connections, calls) = (spec.connections.to_string(), spec.calls.to_string());
    [WORD, "--no-tui", "--output-format", "csv", "--redirect", "0", "-t", CALL_TIMEOUT, "-c", &connections]
        .into_iter()
        .chain(["-n", &calls, &spec.url, "-o"])
        .map(OsString::from)
        .chain([csv.into()])
        .collect()
}

/// oha's own main, by the arguments after [`WORD`].
///
/// # Errors
/// What oha reports.
pub fn main(arguments: &[String]) -> anyhow::Result<()> {
    parent::follow();
    processor::watch(arguments);
    let options = oha::Opts::parse_from(std::iter::once(WORD).chain(arguments.iter().map(String::as_str)));
    // oha blocks inside of its runtime, which only this kind allows; its calls run in threads of their own.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(oha::run(options))
}
