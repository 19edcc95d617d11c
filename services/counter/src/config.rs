//! The typed configuration that all hosts share, and where each value comes from. Must not
//! read the process environment itself: a host passes it in, and so does a test.

use std::path::PathBuf;
use std::str::FromStr;

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

/// Where the count lives: the value of `STORE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// `memory:`
    Memory,
    /// `file:///var/lib/counter/hits`; everything after `file://` is the absolute path as is.
    File(PathBuf),
    /// `dynamodb://TABLE/KEY`
    DynamoDb {
        /// The table's name.
        table: String,
        /// The value of its partition key `id`.
        key: String,
    },
    /// `s3://BUCKET/KEY`; the key may contain slashes.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
    },
    /// `valkey://HOST:PORT/KEY`, or `valkeys://HOST:PORT/KEY` where the connection is encrypted; the key may contain
    /// slashes.
    Valkey {
        /// The server's host and port.
        server: String,
        /// The key.
        key: String,
        /// Whether by TLS.
        tls: bool,
    },
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
    #[error(
        "STORE={0:?} names no store; use memory: or file:///var/lib/counter/hits \
         or dynamodb://TABLE/KEY or s3://BUCKET/KEY or valkey://HOST:PORT/KEY"
    )]
    Store(String),
    /// `COUNTER_UPDATE` is neither of its two words.
    #[error("COUNTER_UPDATE={0:?} is not a way to count; use atomic or read-then-write")]
    Update(String),
    /// A variable that this store needs is not set.
    #[error("{0} is not set; the {1} store needs it")]
    Missing(&'static str, &'static str),
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

impl FromStr for StoreUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError::Store(text.to_owned());
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        if scheme == "file" && rest.starts_with('/') && !rest.ends_with('/') {
            return Ok(Self::File(rest.into()));
        }
        let (place, key) = rest
            .split_once('/')
            .filter(|(place, key)| !place.is_empty() && !key.is_empty())
            .map(|(place, key)| (place.to_owned(), key.to_owned()))
            .ok_or_else(wrong)?;
        match scheme {
            "dynamodb" => Ok(Self::DynamoDb { table: place, key }),
            "s3" => Ok(Self::S3 { bucket: place, key }),
            "valkey" | "valkeys" if is_host_and_port(&place) => {
                Ok(Self::Valkey { server: place, key, tls: scheme == "valkeys" })
            }
            _ => Err(wrong()),
        }
    }
}

/// `HOST:PORT`, an IPv6 address in brackets: what is none would be found out at the first call.
fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let is_named = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = is_address.is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    (is_named || is_address) && port.parse::<u16>().is_ok_and(|port| port > 0)
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
