//! The count as the body of one S3 object, written only where it is still what was read.
//! Must not know the environment: the SDK's configuration comes in.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use tokio::time::{Instant, sleep};

use super::aws::Unsent;
use super::{Source, parse_count};
use crate::{Store, StoreError, Update};

/// New rounds begin until this has passed, not until some number of rounds: of fifty callers on
/// one key each wins at last, but after how many is not known. Below the router's 15 s.
const ROUNDS: Duration = Duration::from_secs(12);
/// The ceiling of the first pause. Most conflicts are with one other writer who is then done, so it is well below the
/// 60 to 90 ms of a round inside a region (`s3_get` and `s3_put` in `bench/model/aws.toml`).
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The ceiling of all later ones. One writer wins per round whatever the pauses; these keep most
/// of fifty callers off the wire, and leave each some twenty tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Or so many rounds as the last one was: callers who share a processor make each other's rounds long, and fewer at a time
/// are through sooner. Never beyond `ROUNDS`: then no pause is longer than what is left.
const PAUSE_ROUNDS: u32 = 20;

/// Why a 200 is not taken for S3's: for example a proxy's page.
const NO_ETAG: &str = "the answer has no ETag, so it is not S3's";

/// A count in an S3 object.
#[derive(Debug)]
pub struct S3 {
    client: Client,
    bucket: String,
    key: String,
    update: Update,
    learned: Mutex<Learned>,
}

/// What one call leaves to the next.
#[derive(Debug)]
struct Learned {
    /// What the last undisturbed write left behind: the only writer needs no GET.
    seen: Option<Seen>,
    /// The ceiling of the next pause. Kept between calls, so that a newcomer is not sooner at
    /// the key than those who have waited.
    ceiling: Duration,
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
    Conflict,
}

impl S3 {
    /// The count in the object `key` of `bucket`; a missing object is 0. Makes no call.
    #[must_use]
    pub fn new(config: &SdkConfig, bucket: String, key: String, update: Update) -> Self {
        let client = Client::from_conf(
            Builder::from(config)
                .interceptor(Unsent::new())
                // An endpoint that is not AWS's own rarely has a name for every bucket.
                .force_path_style(config.endpoint_url().is_some())
                // TLS and SigV4 already protect these twenty bytes.
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
                .build(),
        );
        let learned = Mutex::new(Learned { seen: None, ceiling: FIRST_PAUSE });
        Self { client, bucket, key, update, learned }
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn add_atomically(&self, n: u64) -> Result<u64, StoreError> {
        let started = Instant::now();
        let mut known = self.learned().seen.take();
        let mut attempts = 0;
        loop {
            let remembered = known.is_some();
            let begun = Instant::now();
            let before = match known.take() {
                Some(seen) => seen,
                None => self.get().await?,
            };
            attempts += 1;
            match self.put_if_unchanged(&before, n).await? {
                Written::Done(after) => {
                    let count = after.count;
                    if attempts == 1 {
                        let mut learned = self.learned();
                        learned.ceiling = (learned.ceiling / 2).max(FIRST_PAUSE);
                        // With others around, the next call had better read first.
                        learned.seen = Some(after);
                    }
                    return Ok(count);
                }
                // What was remembered is old, which does not mean that others write now: read at once.
                Written::Conflict if remembered => {}
                Written::Conflict => match ROUNDS.checked_sub(started.elapsed()) {
                    Some(left) => sleep(self.pause(left, begun.elapsed())).await,
                    None => {
                        return Err(StoreError::Contended { place: self.place(), attempts });
                    }
                },
            }
        }
    }

    /// How long to keep off a contended key. Full jitter: who has just met is spread over the
    /// whole pause. And the less time is left, the shorter: who has lost often goes first.
    fn pause(&self, left: Duration, round: Duration) -> Duration {
        let mut learned = self.learned();
        let ceiling = learned.ceiling;
        learned.ceiling = (ceiling * 2).min((round * PAUSE_ROUNDS).clamp(LONGEST_PAUSE, ROUNDS));
        ceiling.mul_f64(fastrand::f64() * left.div_duration_f64(ROUNDS))
    }

    async fn get(&self) -> Result<Seen, StoreError> {
        let failed = |source| StoreError::Read { place: self.place(), source };
        let got = self.client.get_object().bucket(&self.bucket).key(&self.key).send().await;
        let got = match got {
            Ok(got) => got,
            Err(SdkError::ServiceError(error)) if matches!(error.err(), GetObjectError::NoSuchKey(_)) => {
                return Ok(Seen { count: 0, etag: None });
            }
            Err(error) => return Err(failed(error.into())),
        };
        let (etag, length) = (stated(got.e_tag), got.content_length);
        let body = got.body.collect().await.map_err(|error| failed(error.into()))?.into_bytes();
        // The connection's end ends a body without a length, so that 1234 may be the beginning of 12345. Objects
        // written before the newline was are read by their length, which S3 always sends.
        if !body.ends_with(b"\n") && length.is_none() {
            return Err(failed("the answer has neither a Content-Length nor a newline after the count".into()));
        }
        if etag.is_none() {
            return Err(failed(NO_ETAG.into()));
        }
        Ok(Seen { count: parse_count(&self.place(), &body)?, etag })
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
            Ok(put) => Ok(Written::Done(Seen { count, etag: self.written(put.e_tag)? })),
            Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
                // 412: changed since. 409: being changed. 404: deleted since (to If-Match).
                Some(412 | 409) => Ok(Written::Conflict),
                Some(404) if before.etag.is_some() => Ok(Written::Conflict),
                Some(_) | None => Err(self.write_failed(error.into())),
            },
        }
    }

    /// What the original study did: read, add here, write.
    async fn read_then_write(&self, n: u64) -> Result<u64, StoreError> {
        let count = self.get().await?.count.checked_add(n).ok_or(StoreError::Overflow)?;
        // A readiness check must not undo what others write meanwhile.
        if n > 0 {
            let put = self.client.put_object().bucket(&self.bucket).key(&self.key);
            let put = put.body(body(count)).send().await;
            self.written(put.map_err(|error| self.write_failed(error.into()))?.e_tag)?;
        }
        Ok(count)
    }

    /// The ETag of what was written. S3 sends one with every 200, so an answer without is not S3's.
    fn written(&self, etag: Option<String>) -> Result<Option<String>, StoreError> {
        let etag = stated(etag);
        if etag.is_some() { Ok(etag) } else { Err(self.write_failed(NO_ETAG.into())) }
    }

    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    fn write_failed(&self, source: Source) -> StoreError {
        StoreError::Write { place: self.place(), source }
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

/// With a newline, which proves to the next reader that nothing of it is missing.
fn body(count: u64) -> ByteStream {
    ByteStream::from(format!("{count}\n").into_bytes())
}

/// An empty value states nothing.
fn stated(etag: Option<String>) -> Option<String> {
    etag.filter(|etag| !etag.is_empty())
}
