//! The tools that each language's services are built and run with, and the Debian packages that bring them.

use std::collections::BTreeSet;
use std::env::consts::OS;
use std::sync::OnceLock;
use std::time::Duration;

use programs::{Command, on_path};
use ways::{Axis, Language, model};

use super::{java, node, python};

/// One tool.
#[derive(Debug)]
pub struct Tool {
    /// How it is called.
    pub name: &'static str,
    /// The Debian package that brings it, or another way to get it.
    pub source: Source,
    test: Test,
}

/// Where a tool comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A Debian package.
    Debian(&'static str),
    /// Rust's own installer.
    Rustup,
}

impl Source {
    fn package(self) -> Option<&'static str> {
        match self {
            Self::Debian(package) => Some(package),
            Self::Rustup => None,
        }
    }
}

/// How a tool is looked for.
#[derive(Debug)]
enum Test {
    /// It is a program on the path.
    Program,
    /// It is a header that the C++ compiler finds.
    Header,
    /// It is Go, of [`GO_SINCE`] or newer.
    Go,
    /// It is a JDK that is new enough.
    Jdk,
    /// It is Node.js, or what fetches it.
    Node,
    /// It is a Python that is new enough.
    Python,
}

/// Tools of a language that are not here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{language} needs {}: {}", .tools.join(", "), .remedy)]
pub struct Missing {
    language: &'static str,
    tools: Vec<&'static str>,
    /// What brings them.
    remedy: String,
}

const fn program(name: &'static str, package: &'static str) -> Tool {
    Tool { name, source: Source::Debian(package), test: Test::Program }
}

const fn header(name: &'static str, package: &'static str) -> Tool {
    Tool { name, source: Source::Debian(package), test: Test::Header }
}

const RUST: &[Tool] =
    &[Tool { name: "cargo", source: Source::Rustup, test: Test::Program }, program("cc", "build-essential")];
const PYTHON: &[Tool] = &[
    program("python3", "python3"),
    Tool { name: "Python 3.11 or newer", source: Source::Debian("python3"), test: Test::Python },
    program("pip3", "python3-pip"),
];
/// The tools below Node.js build the runtime interface client's native part. Where there is no Node.js, pip fetches one.
const JAVASCRIPT: &[Tool] = &[
    Tool { name: "Node.js with npm, or pip3", source: Source::Debian("python3-pip"), test: Test::Node },
    program("cmake", "cmake"),
    program("make", "build-essential"),
    program("c++", "build-essential"),
    program("python3", "python3"),
    program("xz", "xz-utils"),
];
const CPP: &[Tool] = &[
    program("cmake", "cmake"),
    program("make", "build-essential"),
    program("c++", "build-essential"),
    header("openssl/ssl.h", "libssl-dev"),
    header("nlohmann/json.hpp", "nlohmann-json3-dev"),
    header("tl/expected.hpp", "libexpected-dev"),
];
/// What `services/go/go.mod` wants. Debian 12 and Ubuntu 24.04 have older ones, which their packages keep from fetching it.
const GO_SINCE: (u32, u32) = (1, 24);
const GO: &[Tool] = &[Tool {
    name: "go 1.24 or newer (Debian 13 has it, and https://go.dev/dl)",
    source: Source::Debian("golang-go"),
    test: Test::Go,
}];

/// What `services/java/pom.xml` wants. Debian 12 has no package of it.
const JAVA: &[Tool] = &[
    Tool {
        name: "JDK 25 or newer, on Linux (Debian 13 and Ubuntu 24.04 have it, and https://adoptium.net)",
        source: Source::Debian("openjdk-25-jdk-headless"),
        test: Test::Jdk,
    },
    program("mvn", "maven"),
];

/// The tools of a language.
#[must_use]
pub fn tools(language: Language) -> &'static [Tool] {
    match language {
        Language::Rust => RUST,
        Language::Python => PYTHON,
        Language::JavaScript => JAVASCRIPT,
        Language::Cpp => CPP,
        Language::Go => GO,
        Language::Java => JAVA,
        // Nothing is built.
        Language::Vtl => &[],
    }
}

/// Whether what a language deploys, or what runs it here, is compiled.
pub(crate) fn is_compiled(language: Language) -> bool {
    match language {
        Language::Rust | Language::JavaScript | Language::Cpp | Language::Go | Language::Java => true,
        Language::Python | Language::Vtl => false,
    }
}

/// Whether all tools of a language are here; looked for once.
///
/// # Errors
/// Those that are not, and what brings them.
pub fn check(language: Language) -> Result<(), Missing> {
    static CHECKED: [OnceLock<Result<(), Missing>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    CHECKED[language as usize].get_or_init(|| missing(language, tools(language), Tool::is_here)).clone()
}

fn missing(language: Language, tools: &'static [Tool], is_here: impl Fn(&Tool) -> bool) -> Result<(), Missing> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !is_here(tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: BTreeSet<&str> = missing.iter().filter_map(|tool| tool.source.package()).collect();
    let mut remedies = Vec::new();
    if missing.iter().any(|tool| tool.source == Source::Rustup) {
        remedies.push("install Rust from https://rustup.rs".to_owned());
    }
    if !packages.is_empty() {
        remedies.push(install(OS, packages));
    }
    let tools = missing.iter().map(|tool| tool.name).collect();
    Err(Missing { language: model().language(language), tools, remedy: remedies.join(", ") })
}

/// How packages get onto a system: by Debian's names, or by the flake's shell, which has them on any.
fn install(os: &str, packages: BTreeSet<&str>) -> String {
    match os {
        "linux" => format!("apt-get install {}", packages.into_iter().collect::<Vec<_>>().join(" ")),
        _ => "enter `nix develop`, which has them".to_owned(),
    }
}

impl Tool {
    fn is_here(&self) -> bool {
        match self.test {
            Test::Program => on_path(self.name).is_some(),
            Test::Header => compiles(self.name),
            Test::Go => go_version().is_some_and(|version| version >= GO_SINCE),
            Test::Jdk => java::home().is_some(),
            Test::Python => python::interpreter().is_ok(),
            Test::Node => on_path("pip3").is_some() || node::here().is_some(),
        }
    }
}

/// The longest that `go version` takes.
const VERSION_LIMIT: Duration = Duration::from_secs(20);

/// Go's own, without what a go.mod makes it fetch; nothing where there is no Go.
fn go_version() -> Option<(u32, u32)> {
    let command = Command::new("go").arguments(["version"]).variable("GOTOOLCHAIN", "local");
    parse_go_version(&String::from_utf8(command.captured_blocking(VERSION_LIMIT).ok()?).ok()?)
}

/// `go version go1.24.4 linux/amd64`, or `go1.25rc1`.
fn parse_go_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(2)?.strip_prefix("go")?.split('.');
    let mut number = || {
        let word = numbers.next()?;
        word.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
    };
    Some((number()?, number()?))
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
        let here = |names: &'static [&'static str]| move |tool: &Tool| names.contains(&tool.name);
        let checked =
            |language, names| missing(language, tools(language), here(names)).map_err(|lack| lack.to_string());
        assert_eq!(checked(Language::Python, &["python3", "Python 3.11 or newer", "pip3"]), Ok(()));
        assert_eq!(
            checked(Language::Python, &["python3", "Python 3.11 or newer"]),
            Err("Python needs pip3: apt-get install python3-pip".to_owned())
        );
        assert_eq!(
            checked(Language::JavaScript, &["python3", "cmake", "make", "c++"]),
            Err("JavaScript needs Node.js with npm, or pip3, xz: apt-get install python3-pip xz-utils".to_owned())
        );
        assert_eq!(
            checked(Language::Rust, &[]),
            Err("Rust needs cargo, cc: install Rust from https://rustup.rs, apt-get install build-essential".to_owned())
        );
    }

    #[test]
    fn go_is_one_that_builds_the_services() {
        assert_eq!(parse_go_version("go version go1.26.8 linux/amd64\n"), Some((1, 26)));
        assert_eq!(parse_go_version("go version go1.25rc1 linux/amd64"), Some((1, 25)));
        assert_eq!(parse_go_version("go version go1.19 linux/amd64"), Some((1, 19)));
        assert_eq!(parse_go_version("go version devel +a1b2c3 linux/amd64"), None);
        assert_eq!(parse_go_version(""), None);
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
