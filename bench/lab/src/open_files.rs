//! Open files: the lab holds several for each connection and each execution environment, and most systems give a
//! process 1,024 (macOS 256), though it may raise that itself. Services inherit what the lab has.

use programs::notice;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As many as a run with 50 connections and as many environments needs, twice.
const NEEDED: u64 = 1_024;

/// As many as are ever useful: some programs look at each that they might have.
const ENOUGH: u64 = 65_536;

/// What macOS allows at most, whatever the hard limit (`OPEN_MAX`, setrlimit(2) there).
const OPEN_MAX: u64 = 10_240;

/// Raises the soft limit to the hard one, and reports what the lab has where that is too little.
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    let Some(soft) = limit.current else { return };
    let reachable = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let raised = [reachable, reachable.min(OPEN_MAX)]
        .into_iter()
        .filter(|wanted| *wanted > soft)
        .find(|&wanted| setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).is_ok());
    let has = raised.unwrap_or(soft);
    if has < NEEDED {
        notice!("lab: only {has} files may be open at once, and a run needs {NEEDED}: raise the limit (ulimit -Hn)");
    }
}
