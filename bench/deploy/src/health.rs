//! Waiting until a deployment answers.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use programs::notice;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The longest that is waited: an instance boots in a minute, a balancer's name is known everywhere after some, and a
/// certificate's after ten.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The longest that one response is waited for: a function's cold start, behind a balancer's own 60 s.
const RESPONSE_LIMIT: Duration = Duration::from_secs(65);

/// More than any response of the service has.
const BODY_BYTES_MAX: u64 = 64 * 1024;

const PAUSE: Duration = Duration::from_secs(3);

/// How often the caller is reminded of what is waited for.
const NOTICE_EVERY: Duration = Duration::from_secs(30);

/// Waits until `GET` of the readiness path is answered 200: the store too, so that a missing right shows here.
///
/// # Errors
/// When it is not in time: what was answered last.
pub async fn wait(url: &str) -> anyhow::Result<()> {
    let address = format!("{url}{}", ways::model().service.health.ready);
    notice!("lab: waiting for {address}");
    let started = Instant::now();
    let mut noticed = started;
    loop {
        let answer = match get(&address).await {
            Ok((200, _)) => return Ok(()),
            Ok((status, _)) => format!("the last response was {status}"),
            Err(error) => format!("{error:#}"),
        };
        if started.elapsed() > LIMIT {
            bail!("the health check of {address} did not pass within {} minutes: {answer}", LIMIT.as_secs() / 60);
        }
        if noticed.elapsed() >= NOTICE_EVERY {
            noticed = Instant::now();
            notice!("lab: still waiting after {} s: {answer}", started.elapsed().as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The status and body of one GET.
///
/// # Errors
/// When there is no response, or not in time.
pub async fn get(address: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    let address = address.to_owned();
    let (respond, response) = tokio::sync::oneshot::channel();
    // A thread that nobody waits for: a blocking read can't be cancelled, and Ctrl-C must end the lab here too. It ends
    // by its time limit.
    std::thread::spawn(move || {
        let _ = respond.send(get_blocking(&address));
    });
    response.await.context("the request was lost")?
}

fn get_blocking(address: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    let mut response = agent()?.get(address).call()?;
    let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_vec()?;
    Ok((response.status().as_u16(), body))
}

/// One client for all calls: the machine's certificates are read once.
fn agent() -> anyhow::Result<&'static Agent> {
    static AGENT: OnceLock<Option<Agent>> = OnceLock::new();
    let made = AGENT.get_or_init(|| {
        let certificates = rustls_native_certs::load_native_certs().certs;
        let certificates: Vec<_> =
            certificates.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&certificates))
            .unversioned_rustls_crypto_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()));
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .timeout_global(Some(RESPONSE_LIMIT))
            // Addresses change while a deployment comes up: each call looks its name up.
            .max_idle_connections(0);
        (!certificates.is_empty()).then(|| config.build().new_agent())
    });
    made.as_ref().context("this machine has no root certificates to verify AWS with: apt-get install ca-certificates")
}
