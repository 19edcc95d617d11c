//! The count as the body of one S3 object, written only where it is still what was read.
//! Must not know the environment: the SDK's configuration comes in.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use tokio::time::{Instant, sleep};

use super::{Source, parse_count};
use crate::{Store, StoreError, Update};

/// New rounds begin until this has passed, not until some number of rounds: of fifty callers on
/// one key each wins at last, but none can tell after how many. Below the router's 15 s.
const ROUNDS: Duration = Duration::from_secs(10);
/// The ceiling of the first pause. Most conflicts are with one other writer who is then done,
/// so it is well below the 60–90 ms of a round inside a region (facts.md).
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The ceiling of all later ones. One writer wins per round whatever the pauses; these only
/// keep most of fifty callers off the wire. Longer ones would leave a caller who has lost often
/// too few tries in its 10 s against newcomers, who try sooner.
const LONGEST_PAUSE: Duration = Duration::from_millis(320);

/// A count in an S3 object.
#[derive(Debug)]
pub struct S3 {
    client: Client,
    bucket: String,
    key: String,
    update: Update,
    /// What the last undisturbed write left behind: the only writer needs no GET.
    seen: Mutex<Option<Seen>>,
}

/// A count and the state of the object that holds it.
#[derive(Debug, Clone)]
struct Seen {
    count: u64,
    /// `None`: there is no object.
    etag: Option<String>,
}

/// How a conditional write ended, where it did not fail.
enum Written {
    Done(Seen),
    /// Another writer was faster.
    Conflict(Source),
}

impl S3 {
    /// The count in the object `key` of `bucket`; a missing object is 0. Makes no call.
    #[must_use]
    pub fn new(config: &SdkConfig, bucket: String, key: String, update: Update) -> Self {
        let client = Client::from_conf(
            Builder::from(config)
                // An endpoint that is not AWS's own rarely has a name for every bucket.
                .force_path_style(config.endpoint_url().is_some())
                // TLS and SigV4 already protect these twenty bytes.
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
                .build(),
        );
        Self {
            client,
            bucket,
            key,
            update,
            seen: Mutex::default(),
        }
    }

    async fn add_atomically(&self, n: u64) -> Result<u64, StoreError> {
        let started = Instant::now();
        let mut known = self
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let mut ceiling = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            let remembered = known.is_some();
            let before = match known.take() {
                Some(seen) => seen,
                None => self.get().await?,
            };
            attempts += 1;
            match self.put_if_unchanged(&before, n).await? {
                Written::Done(after) => {
                    let count = after.count;
                    // Only where nobody else writes is it worth remembering: with others
                    // around, the next write had better read first.
                    let alone = attempts == 1;
                    *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
                        alone.then_some(after);
                    return Ok(count);
                }
                // What was remembered is old, which says nothing about now: read at once.
                Written::Conflict(_) if remembered => {}
                Written::Conflict(source) => {
                    tracing::debug!("conflict: {source}");
                    if started.elapsed() >= ROUNDS {
                        return Err(StoreError::Contended {
                            place: self.place(),
                            attempts,
                        });
                    }
                    // Full jitter: who has just met is spread over the whole pause.
                    sleep(ceiling.mul_f64(fastrand::f64())).await;
                    ceiling = (ceiling * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn get(&self) -> Result<Seen, StoreError> {
        let failed = |source| StoreError::Read {
            place: self.place(),
            source,
        };
        let got = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .send()
            .await;
        let got = match got {
            Ok(got) => got,
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), GetObjectError::NoSuchKey(_)) =>
            {
                return Ok(Seen {
                    count: 0,
                    etag: None,
                });
            }
            Err(error) => return Err(failed(error.into())),
        };
        let etag = got.e_tag;
        let body = got
            .body
            .collect()
            .await
            .map_err(|error| failed(error.into()))?;
        Ok(Seen {
            count: parse_count(&self.place(), &body.into_bytes())?,
            etag,
        })
    }

    /// An attempt whose answer was lost and that the SDK repeats meets its own write: a
    /// conflict, after which everything is read again. Numbers are skipped, none repeated.
    async fn put_if_unchanged(&self, before: &Seen, n: u64) -> Result<Written, StoreError> {
        let count = before.count.checked_add(n).ok_or(StoreError::Overflow)?;
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .body(body(count))
            .set_if_match(before.etag.clone());
        let put = match before.etag {
            Some(_) => put,
            None => put.if_none_match("*"),
        };
        match put.send().await {
            Ok(put) => Ok(Written::Done(Seen {
                count,
                etag: put.e_tag,
            })),
            Err(error) => match error
                .raw_response()
                .map(|response| response.status().as_u16())
            {
                // 412: changed since. 409: being changed. 404: deleted since (to If-Match).
                Some(412 | 409) => Ok(Written::Conflict(error.into())),
                Some(404) if before.etag.is_some() => Ok(Written::Conflict(error.into())),
                Some(_) | None => Err(self.write_failed(error.into())),
            },
        }
    }

    /// What the origin did: read, add here, write.
    async fn read_then_write(&self, n: u64) -> Result<u64, StoreError> {
        let count = self
            .get()
            .await?
            .count
            .checked_add(n)
            .ok_or(StoreError::Overflow)?;
        // A health check must not undo what others write meanwhile.
        if n > 0 {
            let put = self.client.put_object().bucket(&self.bucket).key(&self.key);
            let put = put.body(body(count)).send().await;
            put.map_err(|error| self.write_failed(error.into()))?;
        }
        Ok(count)
    }

    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    fn write_failed(&self, source: Source) -> StoreError {
        StoreError::Write {
            place: self.place(),
            source,
        }
    }
}

impl Store for S3 {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        match self.update {
            Update::Atomic => self.add_atomically(n).await,
            Update::ReadThenWrite => self.read_then_write(n).await,
        }
    }
}

fn body(count: u64) -> ByteStream {
    ByteStream::from(count.to_string().into_bytes())
}
