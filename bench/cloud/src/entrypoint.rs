//! What is started: a program with its arguments, as a container image names it. It knows nothing of ways.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// A program, its arguments, and the variables that it needs besides those of the way that it serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrypoint {
    /// The executable, by its whole path.
    pub program: PathBuf,
    /// Its arguments, without the program's own name.
    pub args: Vec<OsString>,
    /// Variables of its own, such as an interpreter's search path.
    pub env: BTreeMap<String, String>,
}

impl Entrypoint {
    /// A program without arguments or variables.
    pub fn program(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), ..Self::default() }
    }

    /// Its arguments, with a value where they have `$NAME`.
    pub(crate) fn args_with(&self, name: &str, value: &str) -> Vec<OsString> {
        let name = format!("${name}");
        self.args.iter().map(|argument| argument.to_string_lossy().replace(&name, value).into()).collect()
    }
}
