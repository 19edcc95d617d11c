//! Whether the tools are here that a language's services are built and run with, and what brings those that are not.

use std::collections::BTreeSet;
use std::env::consts::OS;
use std::sync::OnceLock;
use std::time::Duration;

use programs::{Command, on_path};
use ways::{Axis, Language, Tool, model};

/// Tools of a language that are not here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{language} needs {}: {}", .tools.join(", "), .remedy)]
pub struct Missing {
    language: &'static str,
    tools: Vec<&'static str>,
    /// What brings them.
    remedy: String,
}

/// Whether all tools of a language are here; looked for once.
///
/// # Errors
/// Those that are not, and what brings them.
pub fn check(language: Language) -> Result<(), Missing> {
    static CHECKED: [OnceLock<Result<(), Missing>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    CHECKED[language as usize].get_or_init(|| missing(language, |tool| is_here(language, tool))).clone()
}

fn missing(language: Language, is_here: impl Fn(&Tool) -> bool) -> Result<(), Missing> {
    let missing: Vec<&Tool> = language.facts().tools.iter().filter(|tool| !is_here(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: BTreeSet<&str> = missing.iter().filter_map(|tool| tool.debian.as_deref()).collect();
    let mut remedies = Vec::new();
    if missing.iter().any(|tool| tool.debian.is_none()) {
        remedies.push("install Rust from https://rustup.rs".to_owned());
    }
    if !packages.is_empty() {
        remedies.push(install(OS, packages));
    }
    let tools = missing.iter().map(|tool| tool.name()).collect();
    Err(Missing { language: model().language(language), tools, remedy: remedies.join(", ") })
}

/// How packages get onto a system: by Debian's names, or by the flake's shell, which has them on any.
fn install(os: &str, packages: BTreeSet<&str>) -> String {
    match os {
        "linux" => format!("apt-get install {}", packages.into_iter().collect::<Vec<_>>().join(" ")),
        _ => "enter `nix develop`, which has them".to_owned(),
    }
}

/// Whether a tool of a language is here.
fn is_here(language: Language, tool: &Tool) -> bool {
    match (&tool.title, &tool.program, &tool.header) {
        (Some(_), _, _) => super::is_new_enough(language),
        (None, Some(program), _) => on_path(program).is_some(),
        (None, None, header) => header.as_deref().is_some_and(compiles),
    }
}

/// The longest that one header takes.
const PREPROCESS_LIMIT: Duration = Duration::from_secs(60);

fn compiles(header: &str) -> bool {
    let words = ["-x", "c++", "-E", "-include", header, "/dev/null", "-o", "/dev/null"];
    Command::new("c++").arguments(words).captured_blocking(PREPROCESS_LIMIT).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_brings_it() {
        let here = |names: &'static [&'static str]| move |tool: &Tool| names.contains(&tool.name());
        let checked = |language, names| missing(language, here(names)).map_err(|lack| lack.to_string());
        assert_eq!(checked(Language::Python, &["python3", "Python 3.11 or newer", "pip3"]), Ok(()));
        assert_eq!(
            checked(Language::Python, &["python3", "Python 3.11 or newer"]),
            Err("Python needs pip3: apt-get install python3-pip".to_owned())
        );
        assert_eq!(
            checked(Language::Javascript, &["python3", "cmake", "make", "c++"]),
            Err("JavaScript needs Node.js with npm, or pip3, xz: apt-get install python3-pip xz-utils".to_owned())
        );
        assert_eq!(
            checked(Language::Rust, &[]),
            Err("Rust needs cargo, cc: install Rust from https://rustup.rs, apt-get install build-essential".to_owned())
        );
    }

    #[test]
    fn a_mac_is_not_sent_to_debian() {
        assert_eq!(install("linux", ["npm", "cmake"].into()), "apt-get install cmake npm");
        assert_eq!(install("macos", ["npm"].into()), "enter `nix develop`, which has them");
    }

    #[test]
    fn a_header_is_looked_for_by_the_compiler() {
        assert!(on_path("c++").is_none() || compiles("cstddef"));
        assert!(!compiles("no/such/header.hpp"));
    }
}
