//! The counter as a developer writes it from the documentation of axum, `lambda_http` and AWS's SDK: the stores, and what
//! is answered. The same bytes as the tuned build, `services/counter/src/response.rs`; none of its tuning.

pub mod answer;
mod dynamodb;
mod file;
mod memory;
mod postgres;
mod respond;
mod s3;
mod valkey;

pub use dynamodb::DynamoDb;
pub use file::FileStore;
pub use memory::Memory;
pub use postgres::Postgres;
pub use respond::respond;
pub use s3::S3;
pub use valkey::Valkey;

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

/// Why there is no number.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A counter that outlives its callers.
pub trait Store: Send + Sync + 'static {
    /// Adds `n` and returns the count after it. `add(0)` reads the count and proves that it can be written.
    fn add(&self, n: u64) -> impl Future<Output = Result<u64, Error>> + Send;
}

/// The SDK's configuration, by its default chains. It bounds connecting alone by default: a store that hangs would keep
/// its caller.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(4))
        .operation_timeout(Duration::from_secs(14))
        .build();
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).load().await
}

/// The table, bucket or server, and the key, of `STORE=SCHEME://PLACE/KEY`.
pub fn place(scheme: &str) -> Result<(String, String), Error> {
    let store = std::env::var("STORE").unwrap_or_default();
    let place = store.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")?.split_once('/'));
    let (place, key) = place.ok_or_else(|| format!("STORE={store:?}: needed is {scheme}://PLACE/KEY"))?;
    Ok((place.to_owned(), key.to_owned()))
}

/// Whether to count as the original study did, which loses updates.
pub fn read_then_write() -> bool {
    std::env::var("COUNTER_UPDATE").is_ok_and(|update| update == "read-then-write")
}
