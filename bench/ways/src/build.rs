//! How a language's services are built: as its community ships them, or tuned. Not an axis: a way's name does not have it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::{NameError, Way};

/// One of a language's two builds. What sets them apart: `docs/languages.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Build {
    /// What that community ships: its SDK and runtime client as documented.
    Idiomatic,
    /// What we made of it.
    Tuned,
}

impl Build {
    /// Each of them, the one that is shown by default first.
    pub const ALL: [Self; 2] = [Self::Idiomatic, Self::Tuned];

    /// The word for it: on the command line, in records and tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Idiomatic => "idiomatic",
            Self::Tuned => "tuned",
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// A way by one of its builds, as runs and tables name it: `lambda-s3`, `lambda-s3 (tuned)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The way.
    pub way: Way,
    /// How its service is built.
    pub build: Build,
}

/// Marks a tuned one: no way's name has a space.
const TUNED: &str = " (tuned)";

impl Variant {
    /// Whether they differ in their size at most.
    #[must_use]
    pub fn is_of_any_size(self, other: Self) -> bool {
        self.way.is_of_any_size(other.way) && self.build == other.build
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.build {
            Build::Idiomatic => "",
            Build::Tuned => TUNED,
        };
        write!(formatter, "{}{mark}", self.way)
    }
}

impl FromStr for Variant {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Ok(match name.strip_suffix(TUNED) {
            Some(way) => Self { way: way.parse()?, build: Build::Tuned },
            None => Self { way: name.parse()?, build: Build::Idiomatic },
        })
    }
}
