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
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY`.
    Postgres(PostgresUrl),
}

/// A count in PostgreSQL: `postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY`, and where the connection is encrypted
/// `?ca=CERTIFICATE`. The key may contain slashes.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// Who connects.
    pub user: String,
    /// The password.
    pub password: String,
    /// The server: a name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The row's key.
    pub key: String,
    /// The certificate, in DER, of the authority that vouches for the server by TLS; without one nothing is encrypted.
    pub authority: Option<Vec<u8>>,
}

impl PostgresUrl {
    /// What it is called in messages: without the password.
    #[must_use]
    pub fn place(&self) -> String {
        let Self { user, host, port, database, key, .. } = self;
        format!("postgres://{user}@{host}:{port}/{database}/{key}")
    }

    /// What follows `postgres://`.
    fn read(rest: &str) -> Option<Self> {
        let (rest, authority) = match rest.split_once("?ca=") {
            Some((rest, text)) => (rest, Some(base64url(text).filter(|bytes| !bytes.is_empty())?)),
            None => (rest, None),
        };
        let (login, rest) = rest.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        let (server, rest) = rest.split_once('/')?;
        let (database, key) = rest.split_once('/')?;
        // Nothing that a URL would have to escape: each service would have to undo it.
        let is_plain =
            |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~".contains(&it));
        let is_read =
            [user, password, database].into_iter().all(is_plain) && is_host_and_port(server) && !key.is_empty();
        let (host, port) = server.rsplit_once(':').filter(|_| is_read)?;
        let [user, password, host, database, key] = [user, password, host, database, key].map(str::to_owned);
        Some(Self { user, password, host, port: port.parse().ok()?, database, key, authority })
    }
}

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PostgresUrl").field(&self.place()).finish_non_exhaustive()
    }
}

/// The bytes of base64 in the alphabet of URLs, without padding (RFC 4648, section 5).
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
        }
        bits <<= 6 * (4 - group.len());
        let [_, whole @ ..] = bits.to_be_bytes();
        bytes.extend(whole.get(..group.len() - 1).filter(|it| !it.is_empty())?);
    }
    Some(bytes)
}

/// A URL without what stands before its server, where that is a password's place: no message shows one.
fn without_login(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) if scheme.starts_with("postgres") => format!("{scheme}://…@{rest}"),
        _ => text.to_owned(),
    }
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
         or dynamodb://TABLE/KEY or s3://BUCKET/KEY or valkey://HOST:PORT/KEY \
         or postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY"
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
        let wrong = || ConfigError::Store(without_login(text));
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        if scheme == "file" && rest.starts_with('/') && !rest.ends_with('/') {
            return Ok(Self::File(rest.into()));
        }
        if scheme == "postgres" {
            return PostgresUrl::read(rest).map(Self::Postgres).ok_or_else(wrong);
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
