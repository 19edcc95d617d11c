//! The one module that runs outside programs: build tools, Terraform, command lines of others. It must not know what
//! any of them is for. The services that the local cloud hosts are `cloud::process`'s.
//!
//! A program leads a process group of its own, so that Ctrl-C reaches only the lab, which interrupts the group in order:
//! SIGINT, a wait, SIGINT again, a wait, SIGKILL. Every wait is bounded; one that a person ends is followed by the next
//! signal, and after the last by a guard that outlives the lab. That order is kept at a time limit, and
//! where the future that waits for the program is dropped.

mod command;
mod error;
mod group;
mod interrupt;
mod output;
mod quote;
pub mod stderr;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

pub use command::Command;
pub use error::Error;
pub use interrupt::Grace;
pub use quote::quoted;

/// The first executable file of that name in the folders of `PATH`.
#[must_use]
pub fn on_path(name: &str) -> Option<PathBuf> {
    let executable =
        |path: &PathBuf| path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(executable)
}
