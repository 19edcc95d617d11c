//! Cost by parts: each compute, store and front owns what it adds to a bill, in a file of its own.
//!
//! Pure arithmetic over a way, its usage and a snapshot of prices. It must not know a clock or a network, and there
//! is no `match` on whole ways.
//!
//! # The original study's figures and what they leave out
//!
//! With the prices of 2021-12 all eight of the original study's figures come out within 2 % ([`reproductions`]) under these
//! assumptions. They are inferred from the figures: its code and its text name none but the excluded network and free
//! tier.
//!
//! - a function's billed duration is the latency that the client saw; no cold starts, no rounding up;
//! - functions are charged for 256 MB (its code deploys 128);
//! - S3's GET is not counted, only its PUT; DynamoDB's read is eventually consistent (half a unit);
//! - Fargate is charged at Spot prices (its code deploys it on demand);
//! - Kubernetes is the control node's disks (64 + 2 × 20 GB) and one worker with 8 GB (kOps also runs the control node
//!   on an instance, and gives the worker 128 GB).
//!
//! [`Scope::Counted`] is the same bill as the original study's code really deploys it; [`Scope::Bill`], the default, has what
//! else is on a bill: public IPv4 addresses, Lambda's log lines and init phases, capacity units, readiness checks.

mod assumption;
mod bill;
mod capacity;
mod compute;
mod curve;
mod front;
mod published;
mod shared;
mod store;
mod usage;

use serde::Serialize;

use crate::{PriceError, PriceKey, Snapshot};
use ways::Way;

pub use assumption::UTILISATION_TARGET;
pub use bill::{Grows, Item, Part};
pub use capacity::{Limit, calls_per_month_max};
pub use compute::function_gb_second;
pub use curve::{BreakEven, Curve, DECADES, break_evens, cheapest};
pub use published::{Reproduction, reproductions};
pub use ways::Update;

pub use usage::{Disk, HOURS_PER_MONTH, OwnUse, SECONDS_PER_MONTH, Scope, Usage};

use bill::Bill;

/// What a month of a way costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Calls in the month.
    pub calls_per_month: f64,
    /// Instances or tasks that serve them; one for a function.
    pub instances: u32,
    /// What the cost is made of.
    pub items: Vec<Item>,
}

/// A cost that is not known.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CostError {
    /// A price is not known.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The way can't serve so many calls.
    #[error(transparent)]
    Limit(#[from] Limit),
}

/// What a month of a way costs.
///
/// # Errors
/// When a price is not known, or the way can't serve so many calls.
pub fn cost(way: Way, usage: &Usage, prices: &Snapshot) -> Result<Cost, CostError> {
    let instances = capacity::instances(way, usage)?;
    let mut bill = Bill::new(prices);
    compute::items(&mut bill, way, usage, instances)?;
    store::items(&mut bill, way, usage, instances)?;
    front::part(way.front).items(&mut bill, way, usage)?;
    Ok(Cost { calls_per_month: usage.calls_per_month, instances, items: bill.into_items() })
}

/// Each price that some part may charge; one that several do comes more than once.
pub(crate) fn prices() -> impl Iterator<Item = PriceKey> {
    compute::prices().chain(store::prices()).chain(front::prices())
}

impl Cost {
    /// Dollars a month, all in.
    #[must_use]
    pub fn usd(&self) -> f64 {
        self.sum(|_| true)
    }

    /// Dollars a month that are there without calls.
    #[must_use]
    pub fn fixed_usd(&self) -> f64 {
        self.sum(|item| item.grows == Grows::WithTime)
    }

    /// Dollars a month of the balancer, there without calls too.
    #[must_use]
    pub fn balancer_usd(&self) -> f64 {
        self.sum(|item| item.part == Part::Balancer && item.grows == Grows::WithTime)
    }

    /// Dollars of a million more calls, at this month's mean; nothing in a month without calls.
    #[must_use]
    pub fn usd_per_million_calls(&self) -> Option<f64> {
        let grown = self.sum(|item| item.grows == Grows::WithCalls);
        (self.calls_per_month > 0.0).then(|| grown / self.calls_per_month * 1e6)
    }

    fn sum(&self, counts: impl Fn(&Item) -> bool) -> f64 {
        self.items.iter().filter(|item| counts(item)).map(|item| item.usd).sum()
    }
}
