//! A machine of its own for one lab: a checkout, and a path with nothing on it but scripts in the tools' place.

use std::fmt::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::root;

/// What the scripts themselves run.
const SHELL_TOOLS: [&str; 7] = ["basename", "cat", "dirname", "mkdir", "rm", "sleep", "touch"];

/// What AWS and Terraform answer where all is well: patterns of the shell, and what is run at a call that has them.
pub(super) const WELL: [(&str, &str); 6] = [
    ("aws sts get-caller-identity*", r#"echo '{"Account": "123456789012"}'"#),
    ("aws ec2 describe-vpcs*", r#"echo '{"Vpcs": [{"VpcId": "vpc-1"}]}'"#),
    ("aws resourcegroupstaggingapi*", r#"echo '{"ResourceTagMappingList": []}'"#),
    ("aws iam list-roles*", "echo '[]'"),
    ("aws iam list-instance-profiles*", "echo '[]'"),
    ("aws autoscaling*", r#"echo '{"AutoScalingGroups": []}'"#),
];

/// A lab's machine.
pub(super) struct Stage {
    folder: TempDir,
}

impl Stage {
    /// A checkout, and no tools.
    pub(super) fn bare() -> Self {
        let stage = Self { folder: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir_all(stage.path("checkout/bench/prices")).expect("a folder");
        for shared in ["ways.toml", "bench/prices/snapshots"] {
            symlink(root().join(shared), stage.path("checkout").join(shared)).expect("linked");
        }
        std::fs::create_dir(stage.path("tools")).expect("a folder");
        std::fs::write(stage.path("checkout/function.zip"), "zip").expect("an artifact");
        stage
    }

    /// With the tools, all of which are well; the first pattern that fits counts.
    pub(super) fn new(answers: &[(&str, &str)]) -> Self {
        let stage = Self::bare();
        let path = std::env::var_os("PATH").expect("a path");
        for tool in SHELL_TOOLS {
            let found = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|program| program.is_file());
            symlink(found.unwrap_or_else(|| panic!("no {tool}")), stage.path("tools").join(tool)).expect("linked");
        }
        // Linked, not written: a file that another thread's child has open for writing can't be run.
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/stand_in.sh");
        for tool in ["aws", "terraform"] {
            symlink(&stand_in, stage.path("tools").join(tool)).expect("linked");
        }
        stage.answer(answers);
        stage
    }

    /// Changes what the tools answer.
    pub(super) fn answer(&self, answers: &[(&str, &str)]) {
        let mut cases = String::from("case \"$tool $*\" in\n");
        for (pattern, run) in answers.iter().chain(&WELL) {
            writeln!(cases, "  {}) {run} ;;", pattern.replace(' ', "\\ ")).expect("a string takes all");
        }
        std::fs::write(self.path("tools/answers"), cases + "esac\n").expect("the answers");
    }

    pub(super) fn remove_tool(&self, tool: &str) {
        std::fs::remove_file(self.path("tools").join(tool)).expect("it was there");
    }

    /// The lab there, with these tools, not yet run.
    pub(super) fn lab(&self, arguments: &[&str]) -> Command {
        let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
        lab.args(arguments).current_dir(self.path("checkout")).stdin(Stdio::null()).env_clear();
        lab.env("PATH", self.path("tools")).env("LAB_INFRA", root().join("infra/rendered"));
        lab
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Printed {
        Printed::of(self.lab(arguments).output().expect("the lab runs"))
    }

    pub(super) fn start(&self, arguments: &[&str]) -> Child {
        self.lab(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the lab runs")
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the deployment `one`.
    pub(super) fn kept(&self, file: &str) -> PathBuf {
        self.path("checkout/.lab/deployments/one").join(file)
    }

    /// How the tools were called, in their order: program and operation.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.path("tools/calls")).unwrap_or_default();
        let words = |call: &str| {
            let words = call.split(' ').take_while(|word| !word.starts_with('-'));
            words.collect::<Vec<_>>().join(" ")
        };
        calls.lines().map(words).collect()
    }
}

/// What a lab printed, and how it ended.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Printed {
    pub(super) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The last line printed when something was refused after other output.
    #[track_caller]
    pub(super) fn refusal_at_the_end(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        self.stderr.lines().last().expect("a line")
    }

    /// The one line printed when something was refused.
    #[track_caller]
    pub(super) fn refusal(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        self.stderr.lines().next().expect("a line")
    }
}
