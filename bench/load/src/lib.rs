//! The load: what a load generator is to do, what it reports, and what does it: oha, as fast as answers come, or our own loop,
//! open at a rate, or closed over a mix of requests. It knows neither ways nor AWS: the lab and the probe both carry it. Which
//! oha is run is theirs to know.
//!
//! It is run in a process of its own: whoever carries this crate starts itself again with [`arguments`], calls [`main`]
//! there, and reads the samples that were left by [`read`].

mod call;
mod histogram;
mod mix;
mod open_loop;
mod pace;
mod parent;
mod processor;
mod program;
mod samples;
mod tally;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

pub use call::{Call, LoadResult, Throughput};
pub use histogram::Histogram;
pub use mix::{Mix, MixRequest, Piece, Rendered};
pub use pace::{Pace, Start};
pub use parent::VARIABLE as PARENT;
pub use processor::{cores, cores_between};
pub use samples::read;
pub use tally::{Generator, Tally};

/// A call that takes longer than this has failed: longer than the 30 s after which AWS's HTTP API gives up.
const CALL_TIMEOUT: Duration = Duration::from_secs(35);

/// The word by which a program knows that it is started again to make a load.
pub const WORD: &str = "load";

/// The argument before a load's description as JSON, where it is open-loop or of a mix: not one of oha's.
const OPEN_LOOP: &str = "--open-loop";

/// Calls to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadSpec {
    /// What to get; of a mix the place that its paths are at, without a slash at the end.
    pub url: String,
    /// Connections, each with one call at a time.
    pub connections: u32,
    /// Calls in all; of an open loop those that are due, the first of each connection not among them.
    pub calls: u32,
    /// Calls in a second, due at random, whether or not others have their answers; absent where each connection makes its
    /// next call when it has an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<f64>,
    /// What is requested where that differs from call to call; absent where all are a GET of the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<Mix>,
    /// When an open loop begins; absent where it does as soon as its connections are open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
}

impl LoadSpec {
    /// Calls that are made, those that open the connections of an open loop included.
    #[must_use]
    pub fn calls_in_all(&self) -> u64 {
        u64::from(self.calls) + if self.per_second.is_some() { u64::from(self.connections) } else { 0 }
    }
}

/// The arguments that a program starts itself with, in a process group of its own, to leave the samples of a load in `csv`:
/// made by that executable of oha's where it is closed-loop.
#[must_use]
pub fn arguments(spec: &LoadSpec, csv: &Path, oha: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![WORD.into()];
    if spec.per_second.is_some() || spec.mix.is_some() {
        let json = serde_json::to_string(spec).expect("a load has string keys and serialisable values only");
        arguments.extend([OPEN_LOOP, &json].map(OsString::from));
    } else {
        let (connections, calls) = (spec.connections.to_string(), spec.calls.to_string());
        let timeout = format!("{}s", CALL_TIMEOUT.as_secs());
        let words = ["--no-tui", "--output-format", "csv", "--redirect", "0", "-t", &timeout, "-c", &connections];
        arguments.push(oha.into());
        arguments.extend(words.into_iter().chain(["-n", &calls, &spec.url]).map(OsString::from));
    }
    arguments.extend(["-o".into(), csv.into()]);
    arguments
}

/// The load by the arguments after [`WORD`]: the open loop, or oha.
///
/// # Errors
/// What it reports.
pub fn main(arguments: &[String]) -> anyhow::Result<()> {
    parent::follow();
    if let [word, json, _, csv] = arguments
        && word == OPEN_LOOP
    {
        let spec: LoadSpec = serde_json::from_str(json).context("the load is not described")?;
        if let Some(account) = processor::Account::open(arguments) {
            account.watch_this();
        }
        return open_loop::run(&spec, csv.as_ref());
    }
    let (oha, arguments) = arguments.split_first().context("no load is described")?;
    program::run(oha, arguments)
}
