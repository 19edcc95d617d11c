//! The folder of snapshots: one file for each region and month, in a checkout or as it was when the lab was built. It
//! reads files, and does nothing else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::month::Month;
use super::snapshot::{Snapshot, SnapshotError};

/// The folder of snapshots in a checkout of the lab, from its root.
pub const PRICES_FOLDER: &str = "bench/prices/snapshots";

/// The folder as it was when the lab was built.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/snapshots");

/// A folder of snapshots.
#[derive(Clone, Debug)]
pub struct PriceFolder {
    /// Where it is; nothing for the one that is built in.
    path: Option<PathBuf>,
}

/// Prices that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// No snapshot of the region.
    #[error(
        "no prices of region `{region}`: there are {}; `lab prices refresh --region REGION` adds one", there.join(", ")
    )]
    NoRegion {
        /// What was given.
        region: String,
        /// The regions that there are.
        there: Vec<String>,
    },
    /// No snapshot of the month.
    #[error("no prices of {region} dated `{date}`: there are {}", listed(there))]
    NoDate {
        /// The region.
        region: String,
        /// What was given.
        date: String,
        /// The months that there are.
        there: Vec<Month>,
    },
    /// A file or folder can't be read.
    #[error("can't read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// A file is not a snapshot.
    #[error("can't use {path}")]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: SnapshotError,
    },
    /// A file's content is not what its name says.
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
        Self { path: Some(root.join(PRICES_FOLDER)) }
    }

    /// The snapshots that the lab was built with: for a lab outside of any checkout.
    #[must_use]
    pub fn built_in() -> Self {
        Self { path: None }
    }

    /// The regions that there are snapshots of, in order.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn regions(&self) -> Result<Vec<String>, PricesError> {
        let mut regions = match &self.path {
            Some(path) => names(path)?.into_iter().filter(|name| path.join(name).is_dir()).collect(),
            None => BUILT_IN.dirs().filter_map(|folder| name(folder.path())).collect::<Vec<_>>(),
        };
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
        let names = match &self.path {
            Some(path) => names(&path.join(region))?,
            None => {
                let files = BUILT_IN.get_dir(region).into_iter().flat_map(Dir::files);
                files.filter_map(|file| name(file.path())).collect()
            }
        };
        let mut dates: Vec<_> = names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
        dates.sort();
        Ok(dates)
    }

    /// The file of a snapshot, relative where it is built in.
    #[must_use]
    pub fn file(&self, region: &str, date: Month) -> PathBuf {
        let path = self.path.clone().unwrap_or_default();
        path.join(region).join(format!("{date}.json"))
    }

    /// A snapshot: the newest, where no date is given.
    ///
    /// # Errors
    /// When there is none, or it can't be used.
    pub fn read(&self, region: &str, date: Option<&str>) -> Result<Snapshot, PricesError> {
        let dates = self.dates(region)?;
        let Some(&newest) = dates.last() else {
            return Err(PricesError::NoRegion { region: region.to_owned(), there: self.regions()? });
        };
        let Some(date) = date else { return self.read_file(region, newest) };
        match date.parse().ok().filter(|given| dates.contains(given)) {
            Some(given) => self.read_file(region, given),
            None => Err(PricesError::NoDate { region: region.to_owned(), date: date.to_owned(), there: dates }),
        }
    }

    fn read_file(&self, region: &str, date: Month) -> Result<Snapshot, PricesError> {
        let path = self.file(region, date);
        let text = match &self.path {
            Some(_) => fs::read_to_string(&path),
            None => BUILT_IN
                .get_file(&path)
                .and_then(|file| file.contents_utf8())
                .map(str::to_owned)
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
        };
        let text = match text {
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

fn name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

fn listed(dates: &[Month]) -> String {
    dates.iter().map(Month::to_string).collect::<Vec<_>>().join(", ")
}
