//! A way's parts, each by itself: what a file's commit takes, which stores are read first, how parallel a language is.
//! Nothing here knows a whole way.

use ways::{Axis, Compute, FileStorage, Language, Store, Update};

use crate::distribution::Distribution;
use crate::parameters::Parameters;

impl Parameters {
    /// What a commit of the counter's file takes, by what the compute has it on.
    #[must_use]
    pub fn file(&self, store: Store, compute: Compute) -> Option<&Distribution> {
        if store != Store::File {
            return None;
        }
        compute.facts().file.map(|storage| match storage {
            FileStorage::Efs => &self.efs_commit,
            FileStorage::RootVolume | FileStorage::OwnVolume => &self.ebs_commit,
        })
    }
}

/// Whether a count reads before it writes.
pub(crate) fn reads(store: Store, update: Update) -> bool {
    match (store, update) {
        // A conditional write needs what it replaces.
        (Store::S3, _) => true,
        (_, update) => update == Update::ReadThenWrite,
    }
}

/// How many threads of a server work at once at most: an interpreter's lock allows one.
pub(crate) fn threads(language: Language) -> u32 {
    match language {
        Language::Rust | Language::Cpp => u32::MAX,
        Language::Python | Language::JavaScript => 1,
    }
}
