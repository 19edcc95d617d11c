//! The folder of snapshots: one file for each region and month. It reads files, and does nothing else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::month::Month;
use super::snapshot::{Snapshot, SnapshotError};

/// The folder of snapshots in a checkout of the lab, from its root.
pub const PRICES_FOLDER: &str = "bench/ways/prices";

/// A folder of snapshots.
#[derive(Clone, Debug)]
pub struct PriceFolder {
    path: PathBuf,
}

/// Prices that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// No snapshot of the region.
    #[error(
        "no prices of region `{region}`: there are {}; `lab prices refresh --region REGION` adds one", there.join(", ")
    )]
    NoRegion {
        /// What was asked for.
        region: String,
        /// The regions that there are.
        there: Vec<String>,
    },
    /// No snapshot of the month.
    #[error("no prices of {region} dated `{date}`: there are {}", listed(there))]
    NoDate {
        /// The region.
        region: String,
        /// What was asked for.
        date: String,
        /// The months that there are.
        there: Vec<Month>,
    },
    /// A file or folder can't be read.
    #[error("can't read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file is no snapshot.
    #[error("can't use {path}")]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: SnapshotError,
    },
    /// A file says something else than its name.
    #[error("{path} holds the prices of {region} {date}: name it so")]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// The region in it.
        region: String,
        /// The month in it.
        date: Month,
    },
}

impl PriceFolder {
    /// The snapshots of a checkout.
    #[must_use]
    pub fn of_checkout(root: &Path) -> Self {
        Self { path: root.join(PRICES_FOLDER) }
    }

    /// The regions that there are snapshots of, in order.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn regions(&self) -> Result<Vec<String>, PricesError> {
        let mut regions: Vec<_> = names(&self.path)?.into_iter().filter(|name| self.path.join(name).is_dir()).collect();
        regions.sort();
        Ok(regions)
    }

    /// The months that there are snapshots of, the oldest first; none of a region that is not there.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn dates(&self, region: &str) -> Result<Vec<Month>, PricesError> {
        if !self.regions()?.iter().any(|there| there == region) {
            return Ok(Vec::new());
        }
        let names = names(&self.path.join(region))?;
        let mut dates: Vec<_> = names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
        dates.sort();
        Ok(dates)
    }

    /// The file of a snapshot.
    #[must_use]
    pub fn file(&self, region: &str, date: Month) -> PathBuf {
        self.path.join(region).join(format!("{date}.json"))
    }

    /// A snapshot: the newest, where no date is asked for.
    ///
    /// # Errors
    /// When there is none, or it can't be used.
    pub fn read(&self, region: &str, date: Option<&str>) -> Result<Snapshot, PricesError> {
        let dates = self.dates(region)?;
        let Some(&newest) = dates.last() else {
            return Err(PricesError::NoRegion { region: region.to_owned(), there: self.regions()? });
        };
        let Some(date) = date else { return self.read_file(region, newest) };
        match date.parse().ok().filter(|asked| dates.contains(asked)) {
            Some(asked) => self.read_file(region, asked),
            None => Err(PricesError::NoDate { region: region.to_owned(), date: date.to_owned(), there: dates }),
        }
    }

    fn read_file(&self, region: &str, date: Month) -> Result<Snapshot, PricesError> {
        let path = self.file(region, date);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(PricesError::Read { path, source }),
        };
        match Snapshot::parse(&text) {
            Ok(snapshot) if (snapshot.region.as_str(), snapshot.date) == (region, date) => Ok(snapshot),
            Ok(Snapshot { region, date, .. }) => Err(PricesError::Misnamed { path, region, date }),
            Err(source) => Err(PricesError::Snapshot { path, source }),
        }
    }
}

fn names(folder: &Path) -> Result<Vec<String>, PricesError> {
    let unread = |source| PricesError::Read { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        names.extend(entry.map_err(unread)?.file_name().into_string());
    }
    Ok(names)
}

fn listed(dates: &[Month]) -> String {
    dates.iter().map(Month::to_string).collect::<Vec<_>>().join(", ")
}
