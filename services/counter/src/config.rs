//! The typed configuration that all hosts share, and where each value comes from. Must not
//! read the process environment itself: a host passes it in, and so does a test.

use std::str::FromStr;

use crate::StoreUrl;

/// How a store adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Update {
    /// Exact under concurrency.
    #[default]
    Atomic,
    /// Read, add, write: two calls, lost updates. What the original study did, kept so that its
    /// published table can be reproduced.
    ReadThenWrite,
}

/// The counter's part of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `STORE`, if set.
    pub store: Option<StoreUrl>,
    /// `COUNTER_UPDATE`: `atomic` (the default) or `read-then-write`.
    pub update: Update,
}

/// A value that cannot be used; `Display` is one line with what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `STORE` names no store.
    #[error("STORE={0:?} names no store; use {forms}", forms = StoreUrl::FORMS.map(bare).join(" or "))]
    Store(String),
    /// `COUNTER_UPDATE` is neither of its two words.
    #[error("COUNTER_UPDATE={0:?} is not a way to count; use atomic or read-then-write")]
    Update(String),
    /// A variable that this store needs is not set.
    #[error("{0} is not set; the {1} store needs it")]
    Missing(&'static str, &'static str),
}

/// A form of a store's URL, without what else there is to know of it.
fn bare(form: &'static str) -> &'static str {
    form.split(", ").next().unwrap_or(form)
}

impl Environment {
    /// Reads what it needs through `variable`, which gives the value of an environment
    /// variable; an empty value counts as not set.
    ///
    /// # Errors
    ///
    /// The first value that cannot be used.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let store = set("STORE").map(|url| url.parse()).transpose()?;
        let update = set("COUNTER_UPDATE").map(|word| word.parse()).transpose()?;
        Ok(Self { store, update: update.unwrap_or_default() })
    }
}

impl FromStr for Update {
    type Err = ConfigError;

    fn from_str(word: &str) -> Result<Self, ConfigError> {
        match word {
            "atomic" => Ok(Self::Atomic),
            "read-then-write" => Ok(Self::ReadThenWrite),
            _ => Err(ConfigError::Update(word.to_owned())),
        }
    }
}
