//! Why a way can't be built or run on this machine.

use std::path::PathBuf;

use ways::{Axis, Store};

use crate::prebuilt;
use crate::toolchain::Missing;

/// A way that this machine can't run, and why.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The language's tools are not all here.
    #[error(transparent)]
    Toolchain(#[from] Missing),
    /// The lab builds nothing, and was given nothing of it.
    #[error("LAB_ARTIFACTS does not have it: unset it, and the lab builds it")]
    NotPrebuilt,
    /// What the lab was given of it is not all that it needs.
    #[error("LAB_ARTIFACTS has no `extension` for it, which runs its server: name one, or unset it")]
    NoExtension,
    /// What the lab was given can't be used.
    #[error(transparent)]
    Prebuilt(#[from] prebuilt::Unusable),
    /// What is its store is not here.
    #[error("{store} needs {programs}: apt-get install {package}")]
    Engine {
        /// The store.
        store: &'static str,
        /// The programs of which any one is it.
        programs: String,
        /// The Debian package that brings one.
        package: &'static str,
    },
    /// The machine's processor is another one.
    #[error("it runs on {wanted}, and this machine is {machine}")]
    Arch {
        /// The way's instruction set.
        wanted: &'static str,
        /// The machine's.
        machine: &'static str,
    },
}

/// The program that is a store, where the lab runs it as it is; nothing of a store that the lab brings.
///
/// # Errors
/// When none is here.
pub fn engine(store: Store) -> Result<Option<PathBuf>, Unavailable> {
    let Some(engine) = &store.facts().engine else { return Ok(None) };
    cloud::engine(store).map(Some).ok_or_else(|| Unavailable::Engine {
        store: &store.facts().title,
        programs: engine.programs.join(" or "),
        package: &engine.package,
    })
}
