//! The origin's cost column, made again from its parts and set beside what its code really deploys.

use serde::Serialize;

use crate::Snapshot;
use ways::Way;
use ways::model;

use super::usage::is_server;
use super::{Cost, CostError, Disk, Scope, Update, Usage, cost};

/// The memory that the origin's figures are charged for, in MiB. Its code deploys 128; with 128 four of its five
/// Lambda rows come out 1 to 5 % too low, with 256 all five fit.
const CHARGED_MEMORY_MIB: u64 = 256;

/// The calls that "per million" is told of.
const CALLS: f64 = 1e6;

/// One of the origin's figures, three times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reproduction {
    /// The way's name.
    pub way: String,
    /// Whether the figures are dollars a month (balancer apart), or dollars per million calls.
    pub per_month: bool,
    /// What the origin published.
    pub published_usd: f64,
    /// The same, made again under the assumptions that its figures arise from.
    pub reproduced_usd: f64,
    /// The same services as its code deploys them.
    pub counted_usd: f64,
    /// The balancer's dollars a month, which the origin shows apart; nothing where there is none.
    pub balancer_usd: f64,
    /// The items of `counted_usd`.
    pub items: Vec<super::Item>,
}

impl Reproduction {
    /// How far the reproduction is from what was published, as a share of it.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.reproduced_usd / self.published_usd - 1.0
    }
}

/// The origin's figures, in the order of its table.
///
/// # Errors
/// When a price is not known.
pub fn reproductions(prices: &Snapshot) -> Result<Vec<Reproduction>, CostError> {
    let rows = model().catalogue().filter_map(|row| Some((row.way, row.published?)));
    rows.filter_map(|(way, published)| {
        let published_usd = published.usd_per_month.or(published.usd_per_million_calls)?;
        Some(reproduction(way, published.average_ms, published_usd, prices))
    })
    .collect()
}

fn reproduction(way: Way, average_ms: f64, published_usd: f64, prices: &Snapshot) -> Result<Reproduction, CostError> {
    let counted = origins_usage(way, average_ms);
    let published = Usage { memory_mib: CHARGED_MEMORY_MIB, scope: Scope::Published, ..counted };
    let counted = cost(way, &counted, prices)?;
    Ok(Reproduction {
        way: way.to_string(),
        per_month: is_server(way),
        published_usd,
        reproduced_usd: told(way, &cost(way, &published, prices)?),
        counted_usd: told(way, &counted),
        balancer_usd: counted.balancer_usd(),
        items: counted.items,
    })
}

/// The origin's set-up: two calls to the store, and the client's latency taken for the function's duration.
fn origins_usage(way: Way, average_ms: f64) -> Usage {
    Usage {
        duration_ms: average_ms,
        update: Update::ReadThenWrite,
        disk: Disk::Gp2,
        scope: Scope::Counted,
        ..Usage::assumed(way, CALLS)
    }
}

/// The figure that the origin tells of a way: a server's month without its balancer, a function's million calls.
fn told(way: Way, cost: &Cost) -> f64 {
    match is_server(way) {
        true => cost.fixed_usd() - cost.balancer_usd(),
        false => cost.usd_per_million_calls().unwrap_or_default(),
    }
}
