//! How much one instance, task or store can take, and how many instances a number of calls needs.
//!
//! A count in a process or on its disk can't be shared: such a way is refused beyond one instance, never multiplied.

use serde::Serialize;

use ways::{Axis, Update, Way};

use super::assumption::UTILISATION_TARGET;
use super::store;
use super::usage::{SECONDS_PER_MONTH, Usage, is_server};

/// Why a way can't serve so many calls.
#[derive(Clone, Debug, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Limit {
    /// One instance is not enough, and another would have a count of its own.
    #[error("one instance can't serve this, and its store can't be shared")]
    CountInOneProcess,
    /// One instance is not enough, and nothing spreads the calls over two.
    #[error("one instance can't serve this, and no balancer spreads the calls")]
    NoBalancer,
    /// The store takes no more writes of one key.
    #[error("its store takes no more writes of one key")]
    OneKey,
}

/// How many instances or tasks the calls need, at the utilisation target; for a function always one.
///
/// # Errors
/// When no number of them can serve the calls.
pub(super) fn instances(way: Way, usage: &Usage) -> Result<u32, Limit> {
    if let Some(writes) = writes_per_second(way, usage)
        && usage.calls_per_second() * usage.peak.max(1.0 / UTILISATION_TARGET) > writes
    {
        return Err(Limit::OneKey);
    }
    let Some(one) = calls_per_second_of_one(way, usage) else { return Ok(1) };
    let on_average = usage.calls_per_second() / (one * UTILISATION_TARGET);
    let at_peak = usage.calls_per_second() * usage.peak / (way.resources().vcpu * usage.calls_per_vcpu_second);
    let instances = on_average.max(at_peak).ceil().max(1.0);
    if instances > 1.0 && !way.store.facts().shared {
        return Err(Limit::CountInOneProcess);
    }
    if instances > 1.0 && way.front.facts().balancer.is_none() {
        return Err(Limit::NoBalancer);
    }
    Ok(instances as u32)
}

/// The most calls per month that a way serves, at the utilisation target; nothing where there is no bound below
/// AWS's own quotas.
#[must_use]
pub fn calls_per_month_max(way: Way, usage: &Usage) -> Option<f64> {
    let alone = !way.store.facts().shared || way.front.facts().balancer.is_none();
    let one = calls_per_second_of_one(way, usage).filter(|_| alone);
    let most = [one, writes_per_second(way, usage)].into_iter().flatten().reduce(f64::min)?;
    Some(most * UTILISATION_TARGET * SECONDS_PER_MONTH)
}

/// What one instance or task can keep up all month, in calls per second; nothing for a function.
fn calls_per_second_of_one(way: Way, usage: &Usage) -> Option<f64> {
    is_server(way).then(|| way.resources().sustained_vcpu * usage.calls_per_vcpu_second)
}

/// The writes per second that the store takes of one key, where each call is one.
fn writes_per_second(way: Way, usage: &Usage) -> Option<f64> {
    // Which keys a service of the user's own writes is its own matter.
    if usage.own.is_some() {
        return None;
    }
    // A server answers all its waiting callers with one write, and so never makes more than the store takes; counting
    // as the original study does, it makes one for each.
    let each_call_writes = !is_server(way) || usage.update == Update::ReadThenWrite;
    store::part(way.store).writes_per_second(usage.update).filter(|_| each_call_writes)
}
