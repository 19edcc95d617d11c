//! What a store is, and the one table of them: what the URL of each is, and what it opens. The stores are the modules below.

use std::future::Future;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

#[cfg(feature = "clients")]
pub mod aws;
mod batched;
#[cfg(feature = "clients")]
mod dynamodb;
mod error;
mod file;
mod memory;
mod postgres;
#[cfg(feature = "clients")]
mod s3;
mod url;
#[cfg(feature = "clients")]
mod valkey;

use crate::ConfigError;
#[cfg(feature = "clients")]
use crate::Update;

pub use batched::Batched;
pub use error::StoreError;
pub(crate) use error::{Source, corrupt, parse_count};
pub use file::{File, OpenError};
pub use memory::Memory;
pub use postgres::PostgresUrl;
#[cfg(feature = "clients")]
pub use {dynamodb::DynamoDb, postgres::Postgres, s3::S3, valkey::Valkey};

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

impl StoreUrl {
    /// How the URL of each store is written; after a comma, what else there is to know of it.
    pub const FORMS: [&str; 6] = [
        "memory:",
        "file:///var/lib/counter/hits",
        "dynamodb://TABLE/KEY",
        "s3://BUCKET/KEY",
        "valkey://HOST:PORT/KEY, valkeys: with TLS",
        "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY, ?ca=CERTIFICATE: with TLS",
    ];

    fn read(text: &str) -> Option<Self> {
        if text == "memory:" {
            return Some(Self::Memory);
        }
        let (scheme, rest) = text.split_once("://")?;
        match scheme {
            "file" if rest.starts_with('/') && !rest.ends_with('/') => Some(Self::File(rest.into())),
            "dynamodb" => url::place_and_key(rest).map(|(table, key)| Self::DynamoDb { table, key }),
            "s3" => url::place_and_key(rest).map(|(bucket, key)| Self::S3 { bucket, key }),
            "valkey" | "valkeys" => {
                let (server, key) = url::place_and_key(rest).filter(|(server, _)| url::is_host_and_port(server))?;
                Some(Self::Valkey { server, key, tls: scheme == "valkeys" })
            }
            "postgres" => PostgresUrl::read(rest).map(Self::Postgres),
            _ => None,
        }
    }

    /// Opens the store, and has a server serve it. Calls no service: one that is away now may be back for the first hit.
    ///
    /// # Errors
    ///
    /// When it can't be opened, and whatever the server fails by.
    #[cfg(feature = "clients")]
    pub async fn served<H: Host>(
        &self,
        update: Update,
        variable: impl Fn(&str) -> Option<String>,
        host: H,
    ) -> Result<(), H::Error> {
        use aws::{Service, from_environment_or_host};
        match self {
            // Nothing to share: an atomic costs less than a queue.
            Self::Memory => host.serve(Memory::new(0, update)).await,
            Self::File(path) => shared(host, update, File::open(path, update)?).await,
            Self::DynamoDb { table, key } => {
                let sdk = from_environment_or_host(Service::DynamoDb, variable).await?;
                shared(host, update, DynamoDb::new(&sdk, table.clone(), key.clone(), update)).await
            }
            Self::S3 { bucket, key } => {
                let sdk = from_environment_or_host(Service::S3, variable).await?;
                shared(host, update, S3::new(&sdk, bucket.clone(), key.clone(), update)).await
            }
            Self::Valkey { server, key, tls } => {
                shared(host, update, Valkey::new(server, key.clone(), *tls, update)?).await
            }
            Self::Postgres(url) => shared(host, update, Postgres::new(url.clone(), update)?).await,
        }
    }
}

impl FromStr for StoreUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::read(text).ok_or_else(|| ConfigError::Store(url::without_login(text)))
    }
}

/// What serves a store.
pub trait Host {
    /// Why it does not.
    type Error: From<ConfigError> + From<OpenError>;

    /// Serves it until the end.
    ///
    /// # Errors
    ///
    /// Its own.
    fn serve<S: Store>(self, store: S) -> impl Future<Output = Result<(), Self::Error>>;
}

/// One call for all waiting callers, unless the original study's calls are to be reproduced.
#[cfg(feature = "clients")]
async fn shared<S: Store, H: Host>(host: H, update: Update, store: S) -> Result<(), H::Error> {
    match update {
        Update::Atomic => host.serve(Batched::new(store)).await,
        Update::ReadThenWrite => host.serve(store).await,
    }
}

/// A counter that outlives its callers.
pub trait Store: Send + Sync + 'static {
    /// Adds `n` and returns the count after it: the caller owns the numbers `count - n + 1` to
    /// `count`. `add(0)` reads the count and proves that the store can be written: every
    /// readiness check is that, so a counter needs no permission beyond what counting needs.
    ///
    /// # Errors
    ///
    /// See [`StoreError`]. After an error the `n` numbers may have been used up; nobody else
    /// gets them.
    fn add(&self, n: u64) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

impl<S: Store> Store for Arc<S> {
    fn add(&self, n: u64) -> impl Future<Output = Result<u64, StoreError>> + Send {
        S::add(self, n)
    }
}
