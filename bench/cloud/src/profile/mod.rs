//! How true to AWS's speed a run is: as fast as this machine, or slowed down as AWS is.
//!
//! What is slowed down is defined here; by how much is data, the prediction's own (`bench/model/aws.toml`). Nothing here
//! knows a protocol.

mod conditions;
mod delay;
mod timer;

use std::sync::Arc;

pub(crate) use self::conditions::{Conditions, Entrance, StoreConditions};
pub use self::delay::Delay;
pub(crate) use self::timer::sleep;
pub use model::{Caller, Distribution, DistributionError, Parameters, ParametersError, StoreCalls};

/// How fast things are.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Profile {
    /// As fast as this machine allows: memory is limited, neither CPU nor network is.
    #[default]
    Bare,
    /// As fast as this machine allows, with the processor that AWS would give: what a service needs of one is measured so.
    CpuShare,
    /// As slow as AWS.
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

impl Aws {
    /// The committed parameters, for a caller in the region.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, parameters: Parameters::committed(), caller: Caller::InRegion }
    }
}
