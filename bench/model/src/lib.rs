//! Predicts AWS: plays calls in virtual time. What a service itself needs (its [`Demand`]) is measured; everything else
//! is modelled here: CPU quotas, hops, execution environments, connections, retries, arrivals.
//!
//! It knows no clock and no machine: the same seed gives the same figures everywhere. Times are milliseconds in `f64`
//! inside, [`std::time::Duration`] where a caller gives them.

mod arrivals;
mod bandwidth;
mod demand;
mod distribution;
mod environments;
mod figures;
mod held_out;
mod parameters;
mod prediction;
mod reference;
mod runtime;
mod sampler;
mod scenario;
mod simulation;

pub use arrivals::{Arrivals, Pace, Pattern, Traffic};
pub use bandwidth::{Bandwidth, Share};
pub use demand::Demand;
pub use distribution::{Distribution, DistributionError, Shape};
pub use environments::Environments;
pub use figures::{Figures, Range};
pub use held_out::{HeldOut, Pair};
pub use parameters::{Factor, Fit, Fixed, Parameters, ParametersError, Published, StoreCalls, StudyClient};
pub use prediction::{Aws, Caller, CallsOf, Prediction, Setup};
pub use reference::ReferenceLoop;
pub use runtime::{FirstCall, Init, Runtime, Runtimes};
pub use sampler::{Day, Sampler};
pub use scenario::{Compute, Connections, Function, Retries, Scenario, Server, Store};
pub use simulation::{End, Played, simulate};
