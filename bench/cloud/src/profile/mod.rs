//! How true to AWS's speed a run is: as fast as this machine, or slowed down as AWS is.
//!
//! What is slowed down is defined here; by how much is data, `aws.toml`. Nothing here knows a protocol.

mod conditions;
mod delay;
mod distribution;
mod parameters;
mod timer;

use std::sync::Arc;

pub(crate) use self::conditions::{Conditions, Entrance, StoreConditions};
pub use self::delay::Delay;
pub use self::distribution::{Distribution, DistributionError};
pub use self::parameters::{Parameters, ParametersError};
pub(crate) use self::timer::sleep;

/// How fast things are.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Profile {
    /// As fast as this machine allows: memory is limited, neither CPU nor network is.
    #[default]
    Bare,
    /// As AWS would be: a prediction, to be labelled so.
    Aws(Aws),
}

/// What the `aws` profile is made of.
#[derive(Clone, Debug)]
pub struct Aws {
    /// The same seed gives each hop of each way the same sequence of delays.
    pub seed: u64,
    /// How slow each hop is, and what a vCPU is.
    pub parameters: Arc<Parameters>,
    /// Who calls.
    pub caller: Caller,
}

/// Who calls the service, and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// A client in the region that has a processor to itself.
    #[default]
    InRegion,
    /// The origin's: Python in a Lambda function of 128 MB, in the region, slower than many of the services.
    Origin,
}

impl Aws {
    /// The committed parameters, for a caller in the region.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, parameters: Parameters::committed(), caller: Caller::InRegion }
    }
}
