//! Reads AWS's price list again and writes this month's snapshot, whole or not at all.
//!
//! The snapshot before it says which prices there are and where each is listed. One price that is missing, ambiguous
//! or of another unit ends it, and nothing is written.

mod change;
mod download;
mod offer;
mod region;
mod spot;
mod wanted;
mod write;

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use ureq::Agent;
use ways::model;

use crate::{Month, Price, PriceFolder, PricesError, Snapshot};
use download::DownloadError;
use wanted::{Listed, Source};

/// Where the price list is; no credentials are needed.
const PRICE_LIST_URL: &str = "https://pricing.us-east-1.amazonaws.com";

/// Where the page on Fargate's prices reads those of Spot.
const FARGATE_SPOT_URL: &str = "https://dftu77xade0tc.cloudfront.net";

/// What is refreshed.
#[derive(Clone, Copy, Debug)]
pub struct Refresh<'a> {
    /// Where the snapshots are.
    pub folder: &'a PriceFolder,
    /// The AWS region.
    pub region: &'a str,
    /// A server that stands in for AWS's: for tests.
    pub stand_in_url: Option<&'a str>,
}

/// A snapshot that was written.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// Its file.
    pub path: PathBuf,
    /// What changed, a line each.
    pub changes: String,
}

/// Prices that were not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// AWS's usage types of the region are not known here.
    #[error("no such region: `{region}`; there are {}", region::names())]
    NoRegion {
        /// What was given.
        region: String,
    },
    /// The snapshot before can't be read.
    #[error(transparent)]
    Before(#[from] PricesError),
    /// TLS needs the system's certificates.
    #[error("this machine has no certificates to know AWS by: apt-get install ca-certificates")]
    NoCertificates,
    /// A file can't be read, or does not have what is wanted.
    #[error("can't refresh the prices of {service}; nothing was changed")]
    Download {
        /// Whose prices.
        service: String,
        /// Why.
        #[source]
        cause: Box<DownloadError>,
    },
    /// The snapshot can't be written.
    #[error("can't write {path}; what was there is unchanged")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// The system's clock is wrong.
    #[error("the clock is beyond the year 9999: set it right")]
    Clock,
}

impl Refresh<'_> {
    /// Reads the prices of a region again, and writes this month's snapshot. `progress` gets a line for each file that
    /// is read. It blocks for minutes; ended anywhere, it has changed nothing.
    ///
    /// # Errors
    /// When a price can't be read again, or the snapshot can't be written.
    pub fn run(&self, progress: &dyn Fn(&str)) -> Result<Refreshed, RefreshError> {
        if region::usage_type_prefixes(self.region).is_none() {
            return Err(RefreshError::NoRegion { region: self.region.to_owned() });
        }
        let before = match self.folder.read(self.region, None) {
            Ok(snapshot) => Some(snapshot),
            Err(PricesError::NoRegion { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let template = match &before {
            Some(before) => before.clone(),
            // The default region's newest says which prices another region's first has.
            None => self.folder.read(model().region(), None)?,
        };
        let after = self.read_again(&template, progress)?;
        let path = self.folder.file(&after.region, after.date);
        let changes = change::text(before.as_ref(), &after);
        write::whole(&path, &after.to_json()).map_err(|source| RefreshError::Write { path: path.clone(), source })?;
        Ok(Refreshed { path, changes })
    }

    /// This month's snapshot of the region, with the prices that the template has.
    fn read_again(&self, template: &Snapshot, progress: &dyn Fn(&str)) -> Result<Snapshot, RefreshError> {
        let agent = download::agent().ok_or(RefreshError::NoCertificates)?;
        let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let date: Month = today.get(..7).and_then(|month| month.parse().ok()).ok_or(RefreshError::Clock)?;
        let mut after = Snapshot { region: self.region.to_owned(), date, ..template.clone() };
        for (source, listed) in wanted::by_source(template, self.region) {
            let prices = self.read(&agent, &source, &listed, today.get(..10).unwrap_or(&today), progress);
            let prices =
                prices.map_err(|cause| RefreshError::Download { service: source.to_string(), cause: cause.into() })?;
            after.prices.extend(listed.iter().map(|Listed { key, .. }| *key).zip(prices));
        }
        Ok(after)
    }

    /// The wanted prices out of one file.
    fn read(
        &self,
        agent: &Agent,
        source: &Source,
        wanted: &[Listed],
        today: &str,
        progress: &dyn Fn(&str),
    ) -> Result<Vec<Price>, DownloadError> {
        let base = |aws| self.stand_in_url.unwrap_or(aws).trim_end_matches('/');
        match source {
            Source::PriceList { service } => {
                let list = base(PRICE_LIST_URL);
                let url = format!("{list}/offers/v1.0/aws/{service}/current/{}/index.json", self.region);
                download::read(agent, &url, progress, |file| offer::read(file, wanted))
            }
            Source::FargateSpotFeed => {
                let url = format!("{}/fargate-spot-prices.json", base(FARGATE_SPOT_URL));
                download::read(agent, &url, progress, |feed| spot::read(feed, self.region, today, wanted))
            }
        }
    }
}
