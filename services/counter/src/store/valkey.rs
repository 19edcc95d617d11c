//! The count as the value of one key of Valkey, a decimal number. One `INCRBY` per call. Must not know the environment.
//!
//! Valkey keeps the count in memory: it lives no longer than its server, and what a failover loses is lost.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RetryMethod};
use tokio::time::{sleep, timeout};

use super::{Source, parse_count};
use crate::{ConfigError, Store, StoreError, Update};

/// A new connection, TLS included. Inside a region it takes some milliseconds (`bench/model/aws.toml`).
const CONNECT: Duration = Duration::from_secs(1);
/// One attempt, which rarely takes 10 ms: as the SDK's for the other stores. Three fit the whole, and the whole fits the
/// 15 s that the router gives a caller.
const ATTEMPT: Duration = Duration::from_secs(3);
const CALL: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
/// The most before another attempt: a failover takes longer than any pause here, a lost connection none at all.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A count in a key of Valkey.
#[derive(Debug)]
pub struct Valkey {
    client: Client,
    limits: AsyncConnectionConfig,
    /// The one that calls share, and how many there were before; none where the last one failed.
    connection: Mutex<(u64, Option<MultiplexedConnection>)>,
    key: String,
    place: String,
    update: Update,
}

impl Valkey {
    /// The count under `key` on `server`, a host and port; a missing key is 0. Makes no call.
    ///
    /// # Errors
    ///
    /// When `server` is no host and port.
    pub fn new(server: &str, key: String, tls: bool, update: Update) -> Result<Self, ConfigError> {
        let server = format!("valkey{}://{server}", if tls { "s" } else { "" });
        let place = format!("{server}/{key}");
        let client = Client::open(server).map_err(|_| ConfigError::Store(place.clone()))?;
        let limits =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(ATTEMPT));
        Ok(Self { client, limits, connection: Mutex::default(), key, place, update })
    }

    /// An `INCRBY` whose answer was lost may have been done and is done again: that skips numbers and repeats none, since
    /// only the last answer is read.
    async fn add_atomically(&self, n: u64) -> Result<u64, StoreError> {
        self.call(Cmd::incr(&self.key, n)).await.map_err(|source| self.write_failed(source))
    }

    /// What the original study did: read, add here, write.
    async fn read_then_write(&self, n: u64) -> Result<u64, StoreError> {
        let got: Option<Vec<u8>> = self
            .call(Cmd::get(&self.key))
            .await
            .map_err(|source| StoreError::Read { place: self.place.clone(), source })?;
        let before = got.map_or(Ok(0), |text| parse_count(&self.place, &text))?;
        let count = before.checked_add(n).ok_or(StoreError::Overflow)?;
        // A readiness check must not undo what others write meanwhile.
        if n > 0 {
            let () = self.call(Cmd::set(&self.key, count)).await.map_err(|source| self.write_failed(source))?;
        }
        Ok(count)
    }

    /// Makes a call, again where that may help, within its bound.
    async fn call<T: FromRedisValue>(&self, command: Cmd) -> Result<T, Source> {
        let attempts = async {
            let mut attempt = 1;
            loop {
                match self.attempt(&command).await {
                    Err(error) if attempt < ATTEMPTS && may_pass(&error) => {}
                    ended => return ended,
                }
                attempt += 1;
                sleep(LONGEST_PAUSE.mul_f64(fastrand::f64())).await;
            }
        };
        Ok(timeout(CALL, attempts).await??)
    }

    async fn attempt<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let (number, mut connection) = self.connection().await?;
        let answered = command.query_async(&mut connection).await;
        // A server that hangs, or that takes no writes any more, would be called for ever: the next call connects again.
        if answered.as_ref().is_err_and(may_pass) {
            let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.0 == number {
                kept.1 = None;
            }
        }
        answered
    }

    /// The connection that calls share, made if need be, and its number.
    async fn connection(&self) -> Result<(u64, MultiplexedConnection), RedisError> {
        {
            let kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            if let (number, Some(connection)) = &*kept {
                return Ok((*number, connection.clone()));
            }
        }
        // Callers that find none at once each make one, of which the last stays; the server's calls come one at a time.
        let connection = self.client.get_multiplexed_async_connection_with_config(&self.limits).await?;
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = (kept.0 + 1, Some(connection.clone()));
        Ok((kept.0, connection))
    }

    fn write_failed(&self, source: Source) -> StoreError {
        StoreError::Write { place: self.place.clone(), source }
    }
}

/// Whether another connection, or another moment, may have another answer.
fn may_pass(error: &RedisError) -> bool {
    !matches!(error.retry_method(), RetryMethod::NoRetry)
}

impl Store for Valkey {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        match self.update {
            Update::Atomic => self.add_atomically(n).await,
            Update::ReadThenWrite => self.read_then_write(n).await,
        }
    }
}
