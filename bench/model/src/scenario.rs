//! What is simulated: the hops, the compute and the store that a call passes, and what it needs of them. A way's parts put
//! it together (`parts`); here they are values.

use std::time::Duration;

use crate::bandwidth::Share;
use crate::sampler::Sampler;

/// What one call passes, and what it needs.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Hops between caller and compute, there and back together.
    pub entrance: Vec<Sampler>,
    /// What runs the service.
    pub compute: Compute,
    /// What it calls.
    pub store: Store,
    /// CPU time of a warm call, in ms.
    pub warm_cpu_ms: f64,
    /// CPU time of the first call of an environment, in ms.
    pub first_cpu_ms: f64,
    /// CPU time of a start, in ms.
    pub init_cpu_ms: f64,
    /// What CPU times of calls are multiplied by: around 1.
    pub spread: Sampler,
    /// What a caller does that is refused.
    pub retries: Retries,
}

/// What runs the service.
#[derive(Clone, Debug)]
pub enum Compute {
    /// Environments that each take one call.
    Function(Function),
    /// Workers that share a queue.
    Server(Server),
    /// No process: a call passes its hops and needs no processor of ours.
    Nothing,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Of each invocation, outside of the environment.
    pub invoke: Sampler,
    /// Before a new environment starts to initialise.
    pub cold: Sampler,
    /// And where it joins a VPC.
    pub vpc: Option<Sampler>,
    /// And what the package's size adds, in ms.
    pub cold_fixed_ms: f64,
    /// What a start takes beside the CPU time of the service's own, in ms: the runtime's.
    pub init_fixed_ms: f64,
    /// What a start is multiplied by: around 1.
    pub init: Sampler,
    /// Its share of a processor once it has started; before it has a whole one.
    pub share: Share,
    /// How long an idle environment is kept.
    pub keep_idle: Duration,
    /// How many calls may be served together: the function's reservation, or the account's quota.
    pub concurrency: u32,
}

/// A server: each worker takes work in the order in which it comes, and none while it waits for a store.
#[derive(Clone, Debug)]
pub struct Server {
    /// How many threads of it can work at once.
    pub workers: u32,
    /// The share of each.
    pub share: Share,
}

/// What is called for each call: one hop after the other. Without hops there is no store to wait for.
#[derive(Clone, Debug)]
pub struct Store {
    /// In order: a read and a write, or a write alone.
    pub hops: Vec<Sampler>,
    /// In the same order, the share of calls that pass each; one that is not listed all of them pass.
    pub shares: Vec<f64>,
    /// A new connection.
    pub connect: Option<Sampler>,
    /// The CPU time of it, in ms.
    pub connection_cpu_ms: f64,
    /// When a connection is new.
    pub connections: Connections,
}

impl Store {
    /// Whether a call passes a hop, by its place.
    #[inline]
    #[must_use]
    pub(crate) fn passes(&self, hop: usize, random: &mut fastrand::Rng) -> bool {
        self.shares.get(hop).is_none_or(|share| *share >= 1.0 || random.f64() < *share)
    }

    /// The mean of all hops of a call, in ms.
    #[must_use]
    pub fn mean_ms(&self) -> f64 {
        let share = |hop: usize| self.shares.get(hop).copied().unwrap_or(1.0).min(1.0);
        self.hops.iter().enumerate().map(|(index, hop)| hop.mean() * share(index)).sum()
    }
}

/// When a connection to the store is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connections {
    /// The first of an environment; it is kept open.
    #[default]
    Kept,
    /// Each call's own.
    EachCall,
}

/// What a caller does that is refused: it tries again after a random time up to a limit that doubles each time
/// (full jitter, <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retries {
    /// How often, at most.
    pub attempts: u8,
    /// The first limit, in ms.
    pub base_ms: f64,
}
