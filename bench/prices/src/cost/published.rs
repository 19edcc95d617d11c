//! The original study's cost column, recomputed from its parts and set beside what its code really deploys.

use serde::Serialize;

use ways::{Update, Way, model};

use super::usage::is_server;
use super::{Cost, CostError, Disk, Scope, Usage, cost};
use crate::Snapshot;

/// The memory that the original study's figures are charged for, in MiB. Its code deploys 128; with 128 four of its five
/// Lambda rows come out 1 to 5 % too low, with 256 all five fit.
const CHARGED_MEMORY_MIB: u64 = 256;

/// The calls of "per million".
const CALLS: f64 = 1e6;

/// One of the original study's figures, three times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reproduction {
    /// The way's name.
    pub way: String,
    /// Whether the figures are dollars a month (balancer apart), or dollars per million calls.
    pub per_month: bool,
    /// What the original study published.
    pub published_usd: f64,
    /// The same, recomputed under the assumptions that its figures arise from.
    pub reproduced_usd: f64,
    /// The same services as its code deploys them.
    pub counted_usd: f64,
    /// The balancer's dollars a month, which the original study shows apart; nothing where there is none.
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

/// The original study's figures, in the order of its table.
///
/// # Errors
/// When a price is not known.
pub fn reproductions(prices: &Snapshot) -> Result<Vec<Reproduction>, CostError> {
    let rows = model().catalogue().filter_map(|row| Some((row.studys, row.published?)));
    rows.filter_map(|(way, published)| {
        let published_usd = published.usd_per_month.or(published.usd_per_million_calls)?;
        Some(reproduction(way, published.average_ms, published_usd, prices))
    })
    .collect()
}

/// `way` is at the study's size, which its table does not name.
fn reproduction(way: Way, average_ms: f64, published_usd: f64, prices: &Snapshot) -> Result<Reproduction, CostError> {
    let counted = studys_usage(way, average_ms);
    let published = Usage { memory_mib: CHARGED_MEMORY_MIB, scope: Scope::Published, ..counted };
    let counted = cost(way, &counted, prices)?;
    Ok(Reproduction {
        way: way.at_default_size().to_string(),
        per_month: is_server(way),
        published_usd,
        reproduced_usd: figure(way, &cost(way, &published, prices)?),
        counted_usd: figure(way, &counted),
        balancer_usd: counted.balancer_usd(),
        items: counted.items,
    })
}

/// The original study's set-up: two calls to the store, and the client's latency taken for the function's duration.
fn studys_usage(way: Way, average_ms: f64) -> Usage {
    Usage {
        duration_ms: average_ms,
        update: Update::ReadThenWrite,
        disk: Disk::Gp2,
        scope: Scope::Counted,
        ..Usage::assumed(way, CALLS)
    }
}

/// The figure that the original study gives of a way: a server's month without its balancer, a function's million calls.
fn figure(way: Way, cost: &Cost) -> f64 {
    match is_server(way) {
        true => cost.fixed_usd() - cost.balancer_usd(),
        false => cost.usd_per_million_calls().unwrap_or_default(),
    }
}
