//! How the count is updated: exactly, or as the original study does.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model;

/// How the count is updated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Update {
    /// The store adds, or writes on condition: exact, also under concurrency.
    #[default]
    Atomic,
    /// A read, an addition in the service, a write, as in the original study: concurrent calls lose updates.
    ReadThenWrite,
}

/// A text that stands for no way to update.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a way to update: use {}", Update::ALL.map(Update::word).join(" or "))]
pub struct UpdateError {
    text: String,
}

impl Update {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Atomic, Self::ReadThenWrite];

    /// The word for it: on the command line, in records, and in the service's environment.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Atomic => "atomic",
            Self::ReadThenWrite => "read-then-write",
        }
    }

    /// The variable that a service gets for it: its name in `ways.toml`, and the word.
    #[must_use]
    pub fn variable(self) -> (String, String) {
        (model().service.environment.update.clone(), self.word().to_owned())
    }
}

impl fmt::Display for Update {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

impl FromStr for Update {
    type Err = UpdateError;

    fn from_str(text: &str) -> Result<Self, UpdateError> {
        Self::ALL.into_iter().find(|update| update.word() == text).ok_or_else(|| UpdateError { text: text.to_owned() })
    }
}
