//! A file: on the root volume, which the compute pays for, on a volume of its own, or on EFS.

use ways::{Axis, FileStorage};

use super::{STORED_GB, StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::{PriceError, PriceKey};

pub(super) struct File;

impl StoreCost for File {
    /// EFS' throughput is free in the bursting mode, which the original study has: a count needs a few KiB per second,
    /// and even an empty file system has 1 MiB per second.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let facts = use_of.way.compute.facts();
        match facts.file {
            Some(FileStorage::Efs) => bill.monthly(Part::Store, "EFS storage", STORED_GB, PriceKey::EfsGbMonth),
            Some(FileStorage::OwnVolume) => {
                let gb = f64::from(facts.volume_gib("count"));
                bill.monthly(Part::Store, "the count's volume", gb, PriceKey::EbsGp3GbMonth)
            }
            Some(FileStorage::RootVolume) | None => Ok(()),
        }
    }
}
