//! Reads AWS's price files over HTTP: each streamed into its parser, every wait bounded, tried again where that may help.
//!
//! Nothing here knows what a file holds.

use std::io::{BufReader, Read};
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::offer::OfferError;

/// From the first packet to an open connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// From the request to the head of the response.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest that the next bytes may take.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A file as a whole: EC2's some hundred MB at 1 MB a second take minutes.
const FILE_TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Far more than a file of one region has: the largest, EC2's, has some hundred MB.
const MOST_BYTES: u64 = 4 << 30;

/// How often a file is tried.
const TRIES: u32 = 3;

/// The ceiling of the pause after the first try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The same would come again.
    #[error("reading {url}")]
    Lasting {
        /// The file.
        url: String,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// It failed as often as it was tried.
    #[error("reading {url}, tried {tries} times")]
    Repeated {
        /// The file.
        url: String,
        /// How often it was tried.
        tries: u32,
        /// Why it failed the last time.
        #[source]
        cause: Cause,
    },
}

/// Why one try failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The server answered with another status than 200.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// The connection failed, or took too long.
    #[error("the connection failed")]
    Connection(#[source] Box<ureq::Error>),
    /// The file arrived, or a part of it, and can't be used.
    #[error(transparent)]
    File(#[from] OfferError),
}

impl Cause {
    /// Whether another try may end differently: the network, or a server that may recover.
    fn may_pass(&self) -> bool {
        match self {
            Self::Status(status) => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Connection(error) => !matches!(**error, ureq::Error::BadUri(_) | ureq::Error::Http(_)),
            Self::File(error) => matches!(error, OfferError::BrokenOff(_)),
        }
    }
}

/// A client that trusts the certificates of this machine; nothing where it has none.
pub(super) fn agent() -> Option<Agent> {
    let certificates: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    if certificates.is_empty() {
        return None;
    }
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(HEAD_TIMEOUT))
        .timeout_per_read(Some(STALL_TIMEOUT))
        .timeout_per_call(Some(FILE_TIMEOUT));
    Some(config.build().new_agent())
}

/// Streams a file into a parser, and tries again where that may help.
pub(super) fn read<T>(
    agent: &Agent,
    url: &str,
    progress: &dyn Fn(&str),
    parse: impl Fn(&mut dyn Read) -> Result<T, OfferError>,
) -> Result<T, DownloadError> {
    let mut pause = FIRST_PAUSE;
    let mut tries = 1;
    loop {
        progress(&format!("Reading {url}"));
        let cause = match read_once(agent, url, &parse) {
            Ok(read) => return Ok(read),
            Err(cause) => cause,
        };
        if !cause.may_pass() {
            return Err(DownloadError::Lasting { url: url.to_owned(), cause });
        }
        if tries == TRIES {
            return Err(DownloadError::Repeated { url: url.to_owned(), tries, cause });
        }
        // Full jitter: clients that failed together don't come back together.
        std::thread::sleep(pause.mul_f64(fastrand::f64()));
        pause *= 2;
        tries += 1;
    }
}

fn read_once<T>(agent: &Agent, url: &str, parse: impl Fn(&mut dyn Read) -> Result<T, OfferError>) -> Result<T, Cause> {
    let response = agent.get(url).call().map_err(|error| Cause::Connection(Box::new(error)))?;
    if response.status() != StatusCode::OK {
        return Err(Cause::Status(response.status()));
    }
    let file = response.into_body().into_with_config().limit(MOST_BYTES).reader();
    Ok(parse(&mut BufReader::with_capacity(1 << 16, file))?)
}
