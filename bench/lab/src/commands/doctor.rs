//! `lab doctor`: checks for the required tools, and shows what is not available without them.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cloud::process::cpu_support;
use ways::{Axis, Language, Store, model};

use artifact::root;
use artifact::{prebuilt, toolchain};
use measure::run::Environment;
use programs::Command;

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

/// Checks, and prints what was found; or installs what is missing.
///
/// # Errors
/// When stdout can't be written to, or nothing can be installed by the checkout's script.
pub fn run(fix: bool) -> anyhow::Result<ExitCode> {
    if fix {
        return install();
    }
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

/// Becomes the checkout's script that installs what is missing, for it may ask for a password.
fn install() -> anyhow::Result<ExitCode> {
    let root = root::find()?;
    Err(Command::new(root.join("setup")).folder(&root).exec().into())
}

fn checks() -> Vec<Check> {
    let environment = Environment::read();
    let mut checks = vec![
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
        Check {
            name: "CPU share",
            found: match cpu_support() {
                Ok(hierarchy) => Ok(hierarchy.to_string()),
                Err(reason) => Err(format!("predictions of AWS come out too fast: {reason}")),
            },
        },
        program("git", "runs don't name their commit: apt-get install git"),
        program("aws-lambda-rie", "functions are not tested under AWS's own emulator: pip install aws-sam-cli"),
        program("chromedriver", "the page is not tested in a real browser: apt-get install chromium chromium-driver"),
    ];
    match prebuilt::given() {
        Ok(None) if artifact::flake::given().is_some() => {
            checks.push(program("nix", "it builds what is measured, for LAB_FLAKE is set: unset it"));
        }
        Ok(None) => checks.extend(Language::ALL.iter().map(|&language| toolchain(language))),
        Ok(Some(_)) => checks.push(Check { name: "artifacts", found: Ok("built already".to_owned()) }),
        Err(unusable) => checks.push(Check { name: "artifacts", found: Err(unusable.to_string()) }),
    }
    let own = Store::ALL.iter().filter(|&&store| store.service() == store);
    checks.extend(own.filter(|store| store.facts().engine.is_some()).map(|&store| engine(store)));
    checks
}

/// What a store is, where the lab runs it as it is: without it its ways are left out, and nothing else.
fn engine(store: Store) -> Check {
    let found = artifact::engine(store).map_err(|lack| format!("its ways are not run: {lack}"));
    let path = |path: Option<PathBuf>| path.map(|path| path.display().to_string()).unwrap_or_default();
    Check { name: &model().store(store).title, found: found.map(path) }
}

/// A language's tools: without them its ways are left out, and nothing else.
fn toolchain(language: Language) -> Check {
    let tools = language.facts().tools.iter().map(|tool| tool.name()).collect::<Vec<_>>().join(", ");
    let lack = |missing: toolchain::Missing| format!("its ways are not run: {missing}");
    Check { name: model().language(language), found: toolchain::check(language).map(|()| tools).map_err(lack) }
}

fn at_least(found: u64, wanted: u64, unit: &str, cost: &str) -> Result<String, String> {
    if found >= wanted { Ok(format!("{found}{unit}")) } else { Err(format!("{found}{unit}, {wanted} wanted: {cost}")) }
}

fn program(name: &'static str, cost: &str) -> Check {
    let found = programs::on_path(name).map(|path| path.display().to_string()).ok_or_else(|| cost.to_owned());
    Check { name, found }
}

fn free_gib() -> Option<u64> {
    let root = root::find().unwrap_or_else(|_| Path::new(".").to_owned());
    let status = rustix::fs::statvfs(&root).ok()?;
    Some(status.f_bavail * status.f_frsize / (1 << 30))
}
