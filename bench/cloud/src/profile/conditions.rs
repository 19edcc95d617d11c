//! What one deployment feels of the profile: the delays of its own hops, and what its vCPU is.
//!
//! Under `bare` there are no conditions at all.

use std::time::{Duration, Instant};

use ways::{Resources, Way};

use super::{Aws, Caller, Delay, Distribution, Parameters};
use crate::process::CpuShare;

/// All that slows one deployment down.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    /// None where nothing is waited for.
    pub(crate) entrance: Option<Entrance>,
    /// Of each invocation.
    pub(crate) invoke: Delay,
    /// Of an invocation that starts an environment, for a package of no size.
    pub(crate) cold: Delay,
    /// And where the function joins a VPC.
    pub(crate) vpc: Delay,
    pub(crate) cold_per_mb: Duration,
    /// Of calls to a store over the network, if it has one.
    pub(crate) store: Option<StoreConditions>,
    pub(crate) lambda_period: Duration,
    pub(crate) server_period: Duration,
    vcpu_speed: f64,
}

/// Between the caller and the service.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    /// One after the other, for each call.
    pub(crate) hops: Vec<Delay>,
    pub(crate) pace: Option<Pace>,
}

/// At a store's door.
#[derive(Clone, Debug)]
pub(crate) struct StoreConditions {
    pub(crate) read: Delay,
    pub(crate) write: Delay,
    /// Of the first call on a connection, before the call's own.
    pub(crate) connect: Delay,
}

/// A caller that needs CPU time for each call and has a share of a processor: while it waits for answers it saves
/// none up, so it calls no more often than its share allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    cpu: Duration,
    interval: Duration,
}

impl Aws {
    /// The conditions of a way's deployment.
    pub(crate) fn conditions(&self, way: Way, size: Resources) -> Conditions {
        let Parameters { connect_cpu, lambda_period, server_period, vcpu_speed, .. } = &*self.parameters;
        let parameters = &self.parameters;
        // The same draws at every size, so that sizes are compared and not seeds.
        let seeded_by = way.at_default_size();
        let delay = |hop: &str, distribution: &Distribution| {
            Delay::new(distribution.clone(), self.seed, &format!("{seeded_by}/{hop}"))
        };
        // A gateway's own connections are open: assumed, for it is called by many.
        let connect = match way.has_process() {
            true => delay("connect", &parameters.connect)
                .plus(connect_cpu.duration().div_f64(size.vcpu.min(1.0) * vcpu_speed.factor)),
            false => Delay::none(),
        };
        let mut hops = vec![delay("network", &parameters.network)];
        hops.extend(parameters.front.get(&way.front).map(|distribution| delay("front", distribution)));
        hops.extend(way.file_storage().map(|storage| delay("file", parameters.commit(storage))));
        Conditions {
            entrance: Some(Entrance { hops, pace: self.pace() }),
            invoke: delay("invoke", &parameters.invoke),
            cold: delay("cold", &parameters.cold),
            vpc: parameters.cold_vpc(way).map_or_else(Delay::none, |hop| delay("vpc", hop)),
            cold_per_mb: Duration::from_secs_f64(parameters.cold_per_mb_ms(way) / 1e3),
            store: parameters.store.get(&way.store).map(|calls| StoreConditions {
                read: delay("store-read", &calls.read),
                write: delay("store-write", &calls.write),
                connect,
            }),
            lambda_period: lambda_period.duration(),
            server_period: server_period.duration(),
            vcpu_speed: vcpu_speed.factor,
        }
    }

    fn pace(&self) -> Option<Pace> {
        let client = &self.parameters.study_client;
        match self.caller {
            Caller::InRegion => None,
            Caller::Study => {
                let cpu = Duration::from_secs_f64(client.cpu_ms / 1e3);
                Some(Pace { cpu, interval: cpu.div_f64(client.vcpus) })
            }
        }
    }
}

impl Conditions {
    /// The CPU shares alone.
    pub(crate) fn without_delays(self) -> Self {
        let [invoke, cold, vpc] = [(); 3].map(|()| Delay::none());
        Self { entrance: None, invoke, cold, vpc, cold_per_mb: Duration::ZERO, store: None, ..self }
    }

    /// So many vCPUs, in processors of this machine.
    pub(crate) fn share(&self, vcpus: f64, period: Duration) -> CpuShare {
        CpuShare { vcpus: vcpus * self.vcpu_speed, period }
    }

    /// The residual of a cold call of a package of this size.
    pub(crate) fn cold(&self, package_bytes: u64) -> Delay {
        // AWS means 10⁶ bytes; whole bytes below 2⁵³ are exact in a float.
        self.cold.clone().plus(self.cold_per_mb.mul_f64(package_bytes as f64 / 1e6))
    }
}

impl Entrance {
    /// How long a request waits that came at `now`; `before` is when the caller sent its last one.
    pub(crate) fn delay(&self, before: &mut Option<Instant>, now: Instant) -> Duration {
        let sent = self.pace.map_or(now, |pace| pace.next(*before, now));
        *before = Some(sent);
        sent - now + self.hops.iter().map(Delay::draw).sum::<Duration>()
    }
}

impl StoreConditions {
    /// How long a request waits; `before` is empty at the first of its connection.
    pub(crate) fn delay(&self, before: &mut Option<Instant>, is_read: bool) -> Duration {
        let connect = if before.replace(Instant::now()).is_none() { self.connect.draw() } else { Duration::ZERO };
        connect + if is_read { self.read.draw() } else { self.write.draw() }
    }
}

impl Pace {
    /// When the caller, ready at `now`, has the CPU time to send, if it sent at `last` before.
    fn next(self, last: Option<Instant>, now: Instant) -> Instant {
        last.map_or(now, |last| last + self.interval).max(now + self.cpu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_waits_for_its_cpu_time_or_for_its_share_whichever_is_later() {
        let pace = Pace { cpu: Duration::from_millis(1), interval: Duration::from_millis(13) };
        let (ms, start) = (Duration::from_millis, Instant::now());
        assert_eq!(pace.next(None, start), start + ms(1));
        assert_eq!(pace.next(Some(start), start + ms(2)), start + ms(13));
        assert_eq!(pace.next(Some(start), start + ms(40)), start + ms(41));
    }

    #[test]
    fn each_way_feels_the_hops_of_its_own_parts() {
        let aws = Aws::new(1);
        let hops = |name: &str| {
            let way: Way = name.parse().unwrap();
            let conditions = aws.conditions(way, way.resources());
            (conditions.entrance.unwrap().hops.len(), conditions.store.is_some())
        };
        assert_eq!(hops("ec2"), (1, false));
        assert_eq!(hops("fargate"), (3, false));
        assert_eq!(hops("lambda-s3"), (2, true));
        assert_eq!(hops("ec2-dynamodb"), (1, true));
    }

    #[test]
    fn a_new_connections_cpu_time_is_waited_for_at_the_share() {
        let (way, aws): (Way, _) = ("lambda-s3".parse().unwrap(), Aws::new(1));
        let mean = |vcpu| {
            let size = Resources { vcpu, ..way.resources() };
            aws.conditions(way, size).store.unwrap().connect.mean_ms()
        };
        let cpu_ms = aws.parameters.connect_cpu.ms / aws.parameters.vcpu_speed.factor;
        assert!((mean(0.1) - mean(1.0) - 9.0 * cpu_ms).abs() < 1e-6);
    }
}
