//! The mean latency that the parameters predict for a way, without running it: for fitting, and to check a run.
//!
//! It is the sum of the mean waits on the path of one call, and what the process's own CPU time makes of them:
//! `max(waits + cpu, cpu / share)`. While it waits its quota is renewed, so CPU time that fits costs only itself;
//! CPU time that doesn't fit makes the share the bound. Against a throttled process at 0.0724 of a processor the
//! formula was within 4 % at most points, and up to 14 % low where the CPU time was small.

use std::time::Duration;

use ways::{Kind, Size, Way, model};

use super::{Aws, Caller};

/// What one call makes its process do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CallCost {
    /// CPU time on a whole core of this machine, in ms.
    pub cpu_ms: f64,
    /// Reads of a store over the network.
    pub reads: f64,
    /// Writes of it.
    pub writes: f64,
    /// New connections to it.
    pub connects: f64,
}

/// A predicted mean, and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Mean waits in ms, by hop, in the order of the path.
    pub waits_ms: Vec<(&'static str, f64)>,
    /// The process's CPU time, in ms of an AWS vCPU.
    pub cpu_ms: f64,
    /// The mean of a call that follows the one before at once, in ms.
    pub mean_ms: f64,
}

impl Aws {
    /// The mean latency of sequential warm calls to a way.
    #[must_use]
    pub fn predict(&self, way: Way, call: CallCost) -> Prediction {
        let compute = model().compute(way.compute);
        let Size { vcpu, .. } = compute.size;
        let parameters = &self.parameters;
        let mut waits_ms = vec![("network", parameters.network.mean_ms())];
        waits_ms.extend(parameters.front(way.front).map(|front| ("front", front.mean_ms())));
        if compute.kind == Kind::Function {
            waits_ms.push(("invoke", parameters.invoke.mean_ms()));
        }
        waits_ms.extend(parameters.file(way.store, way.compute).map(|file| ("file", file.mean_ms())));
        if let Some((read, write)) = parameters.store(way.store) {
            let connect_cpu_ms = parameters.connect_cpu.ms / (vcpu.min(1.0) * parameters.vcpu_speed.factor);
            waits_ms.push(("store read", call.reads * read.mean_ms()));
            waits_ms.push(("store write", call.writes * write.mean_ms()));
            waits_ms.push(("store connect", call.connects * (parameters.connect.mean_ms() + connect_cpu_ms)));
        }
        let cpu_ms = call.cpu_ms / parameters.vcpu_speed.factor;
        let mut waited: f64 = waits_ms.iter().map(|(_, ms)| ms).sum();
        let mut bound_ms = cpu_ms / vcpu;
        if self.caller == Caller::Origin {
            let client = &parameters.origin_client;
            waits_ms.push(("client", client.cpu_ms));
            waited += client.cpu_ms;
            bound_ms = bound_ms.max(client.cpu_ms / client.vcpus);
        }
        Prediction { waits_ms, cpu_ms, mean_ms: (waited + cpu_ms).max(bound_ms) }
    }
}

impl Prediction {
    /// The mean as a duration.
    #[must_use]
    pub fn mean(&self) -> Duration {
        Duration::from_secs_f64(self.mean_ms / 1e3)
    }
}
