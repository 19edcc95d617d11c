//! `lab doctor`: what this machine has and lacks, and what each lack costs.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::root;
use crate::run::Environment;

/// Processors below which the service and its load share one.
const PROCESSORS_WANTED: u32 = 2;

/// What the first build and a run need at most, in GiB.
const DISK_WANTED_GIB: u64 = 4;

/// One thing that was looked for.
struct Check {
    name: &'static str,
    /// What was found, or what its lack costs and how to get it.
    found: Result<String, String>,
}

/// Looks, and tells.
///
/// # Errors
/// When stdout can't be written to.
pub fn run() -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    for check in checks() {
        match check.found {
            Ok(found) => writeln!(text, "ok    {:22} {found}", check.name)?,
            Err(lack) => writeln!(text, "lack  {:22} {lack}", check.name)?,
        }
    }
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn checks() -> Vec<Check> {
    let environment = Environment::read();
    vec![
        Check {
            name: "processors",
            found: at_least(
                u64::from(environment.processors),
                u64::from(PROCESSORS_WANTED),
                "",
                "the service and its load share one: latencies come out higher, throughput lower",
            ),
        },
        Check {
            name: "disk",
            found: match free_gib() {
                Some(free) => at_least(free, DISK_WANTED_GIB, " GiB free", "a first build may not fit"),
                None => Err("free space can't be read".to_owned()),
            },
        },
        program("cargo", "the services can't be built: install Rust from https://rustup.rs"),
        program("cc", "C code of SQLite, jemalloc and ring can't be built: apt-get install build-essential"),
        program("git", "runs don't name their commit: apt-get install git"),
        Check {
            name: "python, javascript, c++",
            found: Err("this version of the lab has no services in them yet: their ways are not run".to_owned()),
        },
        program("aws-lambda-rie", "functions are not tested under AWS's own emulator: pip install aws-sam-cli"),
        program("chromedriver", "the page is not tested in a real browser: apt-get install chromium chromium-driver"),
    ]
}

fn at_least(found: u64, wanted: u64, unit: &str, cost: &str) -> Result<String, String> {
    if found >= wanted { Ok(format!("{found}{unit}")) } else { Err(format!("{found}{unit}, {wanted} wanted: {cost}")) }
}

fn program(name: &'static str, cost: &str) -> Check {
    let found = on_path(name).map(|path| path.display().to_string()).ok_or_else(|| cost.to_owned());
    Check { name, found }
}

fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn free_gib() -> Option<u64> {
    let root = root::find().unwrap_or_else(|_| Path::new(".").to_owned());
    let status = rustix::fs::statvfs(&root).ok()?;
    Some(status.f_bavail * status.f_frsize / (1 << 30))
}
