//! A file: on the root volume, which the compute pays for, on a volume of its own, or on EFS.

use ways::{Axis, FileStorage};

use super::{STORED_GB, StoreCost, UseOfStore};
use crate::cost::bill::{Bill, Part};
use crate::cost::shared::EBS_GP3_GB_MONTH;
use crate::{PriceError, PriceKey};

/// Storage in EFS Standard.
const EFS_GB_MONTH: PriceKey = PriceKey::new("efs_gb_month");

pub(super) struct File;

impl StoreCost for File {
    fn prices(&self) -> Vec<PriceKey> {
        vec![EFS_GB_MONTH, EBS_GP3_GB_MONTH]
    }

    /// EFS' throughput is free in the bursting mode, which the original study has: a count needs a few KiB per second,
    /// and even an empty file system has 1 MiB per second.
    fn items(&self, bill: &mut Bill<'_>, use_of: &UseOfStore<'_>) -> Result<(), PriceError> {
        let facts = use_of.way.compute.facts();
        match facts.file {
            Some(FileStorage::Efs) => bill.monthly(Part::Store, "EFS storage", STORED_GB, EFS_GB_MONTH),
            Some(FileStorage::OwnVolume) => {
                let gb = f64::from(facts.volume_gib("count"));
                bill.monthly(Part::Store, "the count's volume", gb, EBS_GP3_GB_MONTH)
            }
            Some(FileStorage::RootVolume) | None => Ok(()),
        }
    }
}
