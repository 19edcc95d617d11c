//! Waiting until a deployment answers.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// The longest that is waited: an instance boots in a minute, a balancer's name is known everywhere after some, and a
/// certificate's after ten.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The longest that one answer is waited for: a function's cold start, behind a balancer's own 60 s.
const ANSWER_LIMIT: Duration = Duration::from_secs(65);

/// More than any answer of the service has.
const BODY_BYTES_MAX: usize = 64 * 1024;

const PAUSE: Duration = Duration::from_secs(3);

/// How often the caller is told that it is still being waited.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// Waits until `GET URL/healthz` is answered 200.
///
/// # Errors
/// When it is not in time: what was answered last.
pub async fn wait(url: &str) -> anyhow::Result<()> {
    let address = format!("{url}/healthz");
    eprintln!("lab: waiting for {address}");
    let started = Instant::now();
    let mut told = started;
    loop {
        let answer = match get(&address).await {
            Ok((200, _)) => return Ok(()),
            Ok((status, _)) => format!("it answers {status}"),
            Err(error) => format!("{error:#}"),
        };
        if started.elapsed() > LIMIT {
            bail!("{address} was not well within {} minutes: {answer}", LIMIT.as_secs() / 60);
        }
        if told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            eprintln!("lab: not yet after {} s: {answer}", started.elapsed().as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The status and body of one GET.
///
/// # Errors
/// When it is not answered, or not in time.
pub async fn get(address: &str) -> anyhow::Result<(u16, Bytes)> {
    let answered = tokio::time::timeout(ANSWER_LIMIT, answer(address)).await;
    answered.with_context(|| format!("no answer within {} s", ANSWER_LIMIT.as_secs()))?
}

async fn answer(address: &str) -> anyhow::Result<(u16, Bytes)> {
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .context("this machine has no certificates to know AWS by: apt-get install ca-certificates")?
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(https);
    let answer = client.get(address.parse().with_context(|| format!("{address} is no URL"))?).await;
    let answer = answer.map_err(|error| chain(&error))?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), BODY_BYTES_MAX).collect().await;
    Ok((status, body.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes()))
}

/// An error with all its causes: hyper's own words say little.
fn chain(error: &dyn std::error::Error) -> anyhow::Error {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    anyhow::anyhow!(
        std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
    )
}
