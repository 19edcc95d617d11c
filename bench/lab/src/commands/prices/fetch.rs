//! Reads AWS's files over HTTP: each streamed into its parser, every wait bounded, tried again where that may help.

mod body;

use std::io::{BufReader, Read};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::StatusCode;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prices::Price;
use tokio::time::timeout;

use super::offer::{self, OfferError};
use super::spot;
use super::wanted::Listed;

/// Where the price list is; no credentials are needed.
const PRICE_LIST_URL: &str = "https://pricing.us-east-1.amazonaws.com";

/// Where the page on Fargate's prices reads those of Spot.
const FARGATE_SPOT_URL: &str = "https://dftu77xade0tc.cloudfront.net";

/// From the first packet to an open connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// From the request to the head of the answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// A file as a whole: EC2's some hundred MB at 1 MB a second take minutes.
const FILE_TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// How often a file is tried.
const TRIES: u32 = 3;

/// The ceiling of the pause after the first try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A client of AWS's price files.
pub(super) struct Client {
    http: legacy::Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    price_list_url: String,
    fargate_spot_url: String,
}

/// Why a try failed, and whether another one may not.
enum Failure {
    /// The network, or a server that may recover.
    Passing(anyhow::Error),
    /// The same would come again.
    Lasting(anyhow::Error),
}

impl Client {
    /// A client of AWS's servers, or of one that stands in for them.
    pub(super) fn new(stand_in_url: Option<&str>) -> anyhow::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
            .context("this machine has no certificates to know AWS by: apt-get install ca-certificates")?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let url = |aws: &str| stand_in_url.unwrap_or(aws).trim_end_matches('/').to_owned();
        Ok(Self {
            http: legacy::Client::builder(TokioExecutor::new()).build(connector),
            price_list_url: url(PRICE_LIST_URL),
            fargate_spot_url: url(FARGATE_SPOT_URL),
        })
    }

    /// The wanted prices out of a service's file.
    pub(super) async fn offer(&self, service: &str, region: &str, wanted: Vec<Listed>) -> anyhow::Result<Vec<Price>> {
        let url = format!("{}/offers/v1.0/aws/{service}/current/{region}/index.json", self.price_list_url);
        self.read(&url, move |file| offer::read(file, &wanted)).await
    }

    /// The wanted prices out of the feed of Fargate Spot prices.
    pub(super) async fn spot_prices(&self, region: &str, wanted: Vec<Listed>) -> anyhow::Result<Vec<Price>> {
        let url = format!("{}/fargate-spot-prices.json", self.fargate_spot_url);
        let region = region.to_owned();
        let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        self.read(&url, move |feed| spot::read(feed, &region, today.get(..10).unwrap_or(&today), &wanted)).await
    }

    /// Streams a file into a parser, and tries again where that may help.
    async fn read<T, P>(&self, url: &str, parse: P) -> anyhow::Result<T>
    where
        T: Send + 'static,
        P: Fn(&mut dyn Read) -> Result<T, OfferError> + Clone + Send + 'static,
    {
        let mut pause = FIRST_PAUSE;
        for tried in 1.. {
            eprintln!("Reading {url}");
            let outcome = timeout(FILE_TIMEOUT, self.read_once(url, parse.clone())).await;
            let error = match outcome {
                Ok(Ok(read)) => return Ok(read),
                Ok(Err(Failure::Lasting(error))) => return Err(error.context(format!("reading {url}"))),
                Ok(Err(Failure::Passing(error))) => error,
                Err(_) => anyhow::anyhow!("it took longer than {} minutes", FILE_TIMEOUT.as_secs() / 60),
            };
            if tried == TRIES {
                return Err(error.context(format!("reading {url}, tried {TRIES} times")));
            }
            // Full jitter: who failed together does not come back together.
            tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
            pause *= 2;
        }
        bail!("no try was made")
    }

    async fn read_once<T, P>(&self, url: &str, parse: P) -> Result<T, Failure>
    where
        T: Send + 'static,
        P: FnOnce(&mut dyn Read) -> Result<T, OfferError> + Send + 'static,
    {
        let url = url.parse().map_err(|error| Failure::Lasting(anyhow::Error::new(error)))?;
        let response = match timeout(HEAD_TIMEOUT, self.http.get(url)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(Failure::Passing(error.into())),
            Err(_) => return Err(Failure::Passing(anyhow::anyhow!("no answer in {} s", HEAD_TIMEOUT.as_secs()))),
        };
        let status = response.status();
        if status != StatusCode::OK {
            let error = anyhow::anyhow!("the server answered {status}");
            let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            return Err(if passing { Failure::Passing(error) } else { Failure::Lasting(error) });
        }
        let (feeder, file) = body::piped(response.into_body());
        // The parser blocks, so it has a thread; the feeder ends when the parser drops the other end.
        let parser = tokio::task::spawn_blocking(move || parse(&mut BufReader::with_capacity(1 << 16, file)));
        let ((), parsed) = tokio::join!(feeder, parser);
        match parsed {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(error @ OfferError::BrokenOff(_))) => Err(Failure::Passing(error.into())),
            Ok(Err(error)) => Err(Failure::Lasting(error.into())),
            Err(error) => Err(Failure::Lasting(anyhow::Error::new(error).context("the parser broke"))),
        }
    }
}
