//! The count as the body of one S3 object, written only where it is still what was read.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use tokio::time::sleep;

use crate::{Error, Store};

/// How long rounds are begun that another writer may win: less than a front waits for a function.
const ROUNDS: Duration = Duration::from_secs(12);
/// The ceilings of the pause between two rounds: "Exponential Backoff And Jitter" (AWS Architecture Blog), full jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Or so many rounds as the last one was: callers who share a processor make them long.
const PAUSE_ROUNDS: u32 = 20;

/// A count in an S3 object; a missing object is 0.
#[derive(Debug)]
pub struct S3 {
    client: Client,
    bucket: String,
    key: String,
}

impl S3 {
    /// The count in the object `key` of `bucket`.
    pub fn new(config: &SdkConfig, bucket: String, key: String) -> Self {
        Self { client: Client::new(config), bucket, key }
    }

    /// The count, and the ETag of the object that holds it.
    async fn get(&self) -> Result<(u64, Option<String>), Error> {
        let got = match self.client.get_object().bucket(&self.bucket).key(&self.key).send().await {
            Ok(got) => got,
            Err(error) => match error.into_service_error() {
                GetObjectError::NoSuchKey(_) => return Ok((0, None)),
                error => return Err(error.into()),
            },
        };
        let etag = got.e_tag().map(str::to_owned);
        let body = got.body.collect().await?.to_vec();
        Ok((String::from_utf8(body)?.trim_end().parse()?, etag))
    }
}

impl Store for S3 {
    async fn add(&self, n: u64) -> Result<u64, Error> {
        let (began, mut ceiling) = (Instant::now(), FIRST_PAUSE);
        loop {
            let round = Instant::now();
            let (before, etag) = self.get().await?;
            let count = before + n;
            let body = format!("{count}\n").into_bytes();
            let put = self.client.put_object().bucket(&self.bucket).key(&self.key).body(body.into());
            let put = match etag {
                // What the original study did. A health check must not undo what others write meanwhile.
                _ if crate::read_then_write() && n == 0 => return Ok(count),
                _ if crate::read_then_write() => put,
                Some(etag) => put.if_match(etag),
                None => put.if_none_match("*"),
            };
            let Err(error) = put.send().await else { return Ok(count) };
            // Written or deleted since it was read: another round.
            let status = error.raw_response().map(|response| response.status().as_u16());
            if !matches!(status, Some(404 | 409 | 412)) || began.elapsed() > ROUNDS {
                return Err(error.into());
            }
            let longest = LONGEST_PAUSE.max(round.elapsed() * PAUSE_ROUNDS);
            let left = ROUNDS.saturating_sub(began.elapsed());
            sleep(ceiling.min(left).mul_f64(fastrand::f64())).await;
            ceiling = (ceiling * 2).min(longest);
        }
    }
}
