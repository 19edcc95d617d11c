//! The tables of a service of the user's own: the counter's, in words of their own where it has no counter.

use measure::run::Plan;

use crate::here::{self, MEASURED, lines, rounds};
use crate::view::Table;

pub(crate) fn measured(plan: &Plan) -> Table {
    let columns = MEASURED.map(|(key, title)| (key, if key == "exact" { "verified" } else { title }));
    Table {
        columns: columns.to_vec(),
        legend: lines(&format!(
            "On this machine over loopback, nothing slowed down: compare rows with each other, not with AWS. Times in ms, each the
geometric mean of {} interleaved, with its 95 % interval (Student's t over the rounds), to the digits that this leaves.
cold start: process spawn to first response, {} in all. mean to p99: {} sequential calls of the mix over one connection.
calls/s: {} connections, opened before, closed-loop, for {} s. failed: the share of calls that were not answered as the mix
expects; a run is a failure above {} %. verified: what the service's own check found. peak MiB: the largest process. ≈: the
interval of the two rows' ratio, round by round, has 1 in it.",
            rounds(plan.rounds),
            plan.cold_starts,
            plan.latency_calls,
            plan.connections,
            plan.concurrency_s,
            measure::run::FAILED_SHARE_MAX * 100.0,
        )),
        ..here::measured(plan)
    }
}

/// The columns of its costs, in words.
pub(crate) const COST: &str = "$/month: without calls; the balancer beside it. $/million calls: by the units and requests that its stores got here.
durable: it keeps its data outside of its process. What its stores keep is not counted.";
