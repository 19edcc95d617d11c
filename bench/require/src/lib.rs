//! What a test needs beyond Rust, and what happens where it is missing: the test is skipped and says so, or fails where
//! `LAB_REQUIRE` demands it. For tests only; must not depend on another crate of the lab.

pub mod webdriver;

use std::ffi::OsStr;
use std::fmt::Display;
use std::io::Write;

/// Which needs must be met: `all`, `all,-browser` (all but that one), or names.
const REQUIRED: &str = "LAB_REQUIRE";

/// A file that gets one line for each skipped test.
const SKIPPED: &str = "LAB_SKIPPED";

/// How a test starts Chromium: without a window, off the network, and without a sandbox, of which root has none to give.
pub const CHROMIUM_ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// Gives what a test needs, or `None` where it is missing: the test then returns.
///
/// `need` is the name that `LAB_REQUIRE` and `.ci/exceptions` know it by; the error says how to get it.
///
/// # Panics
/// Where it is missing and `LAB_REQUIRE` demands it: in CI a skipped test is a failed one.
pub fn require<T>(need: &str, found: Result<T, impl Display>) -> Option<T> {
    let missing = match found {
        Ok(found) => return Some(found),
        Err(missing) => missing,
    };
    let demanded = std::env::var(REQUIRED).is_ok_and(|demands| demands_need(&demands, need));
    assert!(!demanded, "{need} is missing, and {REQUIRED} demands it: {missing}");
    let thread = std::thread::current();
    let line = format!("skipped: {}: {need} is missing: {missing}\n", thread.name().unwrap_or("a test"));
    // Past the test harness, which shows nothing of a test that passes.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os(SKIPPED) {
        append(&path, &line);
    }
    None
}

/// A test that cannot be counted must not be lost in silence either: a file that cannot be written is a failure.
fn append(path: &OsStr, line: &str) {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.unwrap_or_else(|error| panic!("{SKIPPED}: {}: {error}", path.display()));
}

fn demands_need(demands: &str, need: &str) -> bool {
    let mut demands = demands.split(',').map(str::trim);
    let excepted = demands.clone().any(|demand| demand.strip_prefix('-') == Some(need));
    !excepted && demands.any(|demand| demand == "all" || demand == need)
}

#[cfg(test)]
mod tests {
    use super::demands_need;

    #[test]
    fn all_demands_everything_but_what_is_excepted() {
        assert!(demands_need("all", "browser"));
        assert!(demands_need("all,-terraform", "browser"));
        assert!(!demands_need("all,-terraform, -browser", "browser"));
    }

    #[test]
    fn a_name_demands_itself_and_nothing_else() {
        assert!(demands_need("checkov,browser", "browser"));
        assert!(!demands_need("checkov", "browser"));
        assert!(!demands_need("", "browser"));
    }
}
