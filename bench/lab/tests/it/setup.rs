//! `./setup` on machines that lack something: its tools, and what it would install with, are scripts here.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use ways::{Axis, Engine, Language, Store, Tool};

use crate::support::{copy_program, on_path, root, write_program};

/// All programs that it looks for, each as a script that succeeds.
fn programs() -> BTreeSet<&'static str> {
    let engines = engines().filter_map(|engine| engine.programs.first());
    tools()
        .filter(|tool| tool.fedora.is_some())
        .filter_map(|tool| tool.program.as_ref())
        .chain(engines)
        .map(String::as_str)
        .collect()
}

fn tools() -> impl Iterator<Item = &'static Tool> {
    Language::ALL.iter().flat_map(|language| &language.facts().tools)
}

fn engines() -> impl Iterator<Item = &'static Engine> {
    Store::ALL.iter().filter_map(|store| store.facts().engine.as_ref())
}

/// What it requests of Debian where nothing is there.
fn all() -> String {
    let packages = tools().filter(|tool| tool.fedora.is_some()).filter_map(|tool| tool.debian.as_ref());
    sorted(packages.chain(engines().map(|engine| &engine.package)).map(String::as_str))
}

/// What it requests only where Debian has it.
fn by_hand() -> BTreeSet<&'static str> {
    let all = all();
    let packages = tools().filter_map(|tool| tool.debian.as_deref());
    packages.filter(|package| !all.split(' ').any(|one| one == *package)).collect()
}

fn sorted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}

/// A Debian that has all packages, and one that lacks a JDK that is new enough.
const APT_CACHES: [(&str, bool); 2] = [("exit 0", true), ("exit 100", false)];

/// Notes how it was called, and by which way to the mirror.
const NOTED: &str = r#"echo "${0##*/} $* proxy=${http_proxy:-none}" >>"$CALLS""#;

/// A machine, in a folder whose name has a space.
struct Machine {
    folder: tempfile::TempDir,
}

struct Printed {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    /// What was installed with, line by line.
    calls: Vec<String>,
}

impl Machine {
    /// That has these programs, each a script's lines, run by a user of that number.
    fn new(user: u32, programs: &[(&str, &str)]) -> Self {
        let machine = Self { folder: tempfile::Builder::new().prefix("a machine ").tempdir().expect("a folder") };
        fs::create_dir(machine.path("bin")).expect("a folder");
        for tool in ["bash", "env", "sort"] {
            symlink(on_path(tool).expect("it runs this test's scripts"), machine.path("bin").join(tool))
                .expect("linked");
        }
        machine.script("id", &format!("echo {user}"));
        for (name, lines) in programs {
            machine.script(name, lines);
        }
        copy_program(&root().join("setup"), &machine.path("setup"));
        fs::copy(root().join("ways.toml"), machine.path("ways.toml")).expect("copied");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, name: &str, lines: &str) {
        write_program(&self.path("bin").join(name), lines);
    }

    fn set_up(&self) -> Printed {
        let output = Command::new(self.path("setup"))
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("CALLS", self.path("calls"))
            .env("JVM_FOLDER", self.path("jvm"))
            .env("SYSTEM_FOLDER", self.folder.path())
            .env("http_proxy", "http://127.0.0.1:9")
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        Printed {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            calls: calls.lines().map(str::to_owned).collect(),
        }
    }
}

/// The packages of a call that installs.
fn packages(call: &str) -> String {
    let words = call.split(' ').skip(1).filter(|word| !word.starts_with('-') && !word.contains('='));
    words.filter(|word| *word != "install").collect::<Vec<_>>().join(" ")
}

#[test]
fn where_all_is_here_nothing_is_installed() {
    let tools: Vec<_> = programs().into_iter().map(|program| (program, "exit 0")).collect();
    let printed = Machine::new(1000, &[&tools[..], &[("apt-get", NOTED)]].concat()).set_up();
    assert_eq!(
        (printed.code, printed.stdout.as_str(), printed.calls),
        (Some(0), "setup: everything is here\n", vec![])
    );
}

#[test]
fn what_is_missing_is_shown_and_installed_and_never_node() {
    let elsewhere = [("node", "echo v22.0.0"), ("npm", "exit 0")];
    for node in [&[][..], &elsewhere] {
        let printed = Machine::new(0, &[node, &[("apt-get", NOTED)]].concat()).set_up();
        assert_eq!(printed.stdout, format!("setup: apt-get install {}\n", all()), "{}", printed.stderr);
        assert_eq!(printed.calls.len(), 2, "{:?}", printed.calls);
        assert!(
            printed.calls[0].starts_with("apt-get update") && printed.calls[0].ends_with(" proxy=http://127.0.0.1:9")
        );
        assert_eq!(packages(&printed.calls[1]), all());
        // These scripts install nothing: it looks again.
        assert!(printed.code == Some(0) && printed.stderr.starts_with("setup: still missing: "), "{}", printed.stderr);
    }
}

#[test]
fn one_that_cannot_be_had_keeps_no_other_away() {
    let apt = format!("{NOTED}\ncase $* in *libexpected-dev*) exit 100 ;; esac");
    let printed = Machine::new(0, &[("apt-get", &apt)]).set_up();
    let alone: Vec<_> = printed.calls.iter().skip(2).map(|call| packages(call)).collect();
    assert_eq!((printed.code, alone.join(" ")), (Some(0), all()));
}

#[test]
fn without_root_it_asks_sudo_and_without_that_it_says_what_to_install() {
    let printed = Machine::new(1000, &[("apt-get", NOTED)]).set_up();
    assert_eq!((printed.code, printed.calls.len()), (Some(0), 0));
    assert!(
        printed
            .stderr
            .contains(&format!("neither root nor sudo. Have these installed to measure more than Rust: {}", all()))
    );
    // Nobody can type its password.
    let printed = Machine::new(1000, &[("apt-get", NOTED), ("sudo", "exit 1")]).set_up();
    assert_eq!((printed.code, printed.calls.len()), (Some(0), 0));
    let printed = Machine::new(1000, &[("apt-get", NOTED), ("sudo", "[ \"$1\" != -n ] || shift\n\"$@\"")]).set_up();
    assert!(printed.stderr.contains("still missing") && printed.calls.len() == 2, "{}", printed.stderr);
    assert!(printed.calls[1].ends_with(" proxy=http://127.0.0.1:9"), "sudo keeps no variable: {:?}", printed.calls);
}

#[test]
fn an_old_python_gets_a_newer_one_beside_it() {
    let old = ("python3", "[ \"$1\" != -c ]");
    let printed = Machine::new(0, &[old, ("apt-get", NOTED)]).set_up();
    assert!(packages(&printed.calls[1]).contains("python3.11"), "{:?}", printed.calls);
    let newer = ("python3.12", "exit 0");
    let printed = Machine::new(0, &[old, newer, ("apt-get", NOTED)]).set_up();
    assert!(!packages(&printed.calls[1]).contains("python3.1"), "{:?}", printed.calls);
}

#[test]
fn a_jdk_is_installed_only_where_a_new_enough_one_can_be_had() {
    assert_eq!(by_hand(), BTreeSet::from(["maven", "openjdk-25-jdk-headless"]), "setup has no others of its own");
    for (apt_cache, has_all) in APT_CACHES {
        let printed = Machine::new(0, &[("apt-get", NOTED), ("apt-cache", apt_cache)]).set_up();
        let all = all();
        let wanted = by_hand().into_iter().filter(|_| has_all);
        assert_eq!(packages(&printed.calls[1]), sorted(all.split(' ').chain(wanted)));
    }
    for (version, wanted) in [("21.0.9", ""), ("25.0.1", "maven"), ("26", "maven")] {
        let machine = Machine::new(0, &[("apt-get", NOTED), ("apt-cache", "exit 100")]);
        let home = machine.path("jvm/a jdk");
        fs::create_dir_all(home.join("bin")).expect("folders");
        symlink("/bin/sh", home.join("bin/javac")).expect("linked");
        fs::write(home.join("release"), format!("IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"{version}\"\nOS_NAME=\"Linux\"\n"))
            .expect("written");
        let printed = machine.set_up();
        let java: Vec<_> =
            printed.calls[1].split(' ').filter(|it| *it == "maven" || it.starts_with("openjdk")).collect();
        assert_eq!(java.join(" "), wanted, "{version}");
    }
}

#[test]
fn fedoras_packages_have_their_own_names() {
    let printed = Machine::new(0, &[("dnf", NOTED)]).set_up();
    let rows = tools().filter_map(|tool| tool.fedora.as_deref()).chain(engines().map(|engine| engine.fedora.as_str()));
    let all = sorted(rows.chain(["java-25-openjdk-devel", "maven"]));
    assert_eq!(printed.calls.iter().map(|call| packages(call)).collect::<Vec<_>>(), [all], "{}", printed.stderr);
    let printed = Machine::new(0, &[]).set_up();
    assert!(
        printed.code == Some(0) && printed.stderr.contains("neither apt-get nor dnf is here"),
        "{}",
        printed.stderr
    );
}
