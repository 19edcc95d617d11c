//! A way's prediction: its parts put together, its calls and its cold starts played, once by the parameters as they are
//! and once for each end of what is assumed.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ways::{Axis, Kind, Update, Way};

use crate::arrivals::{Arrivals, Pace};
use crate::bandwidth::{Bandwidth, Share};
use crate::demand::Demand;
use crate::distribution::{Distribution, Shape};
use crate::figures::{Figures, Range};
use crate::parameters::Parameters;
use crate::runtime::Runtimes;
use crate::sampler::Sampler;
use crate::scenario::{Compute, Connections, Function, Retries, Scenario, Server, Store};
use crate::simulation::{Played, simulate};

/// Calls of a prediction: hundreds of slow days' worth.
const CALLS: usize = 100_000;

/// Calls for each end of the assumptions, and cold starts: enough for two digits of a 99th percentile.
const ENDS_CALLS: usize = 20_000;
const COLD_STARTS: usize = 5_000;

/// How many of each are kept.
const SAMPLES: usize = 1_000;
const COLD_SAMPLES: usize = 100;

/// What each assumed delay is multiplied by at the ends.
const ASSUMED: [f64; 2] = [0.5, 2.0];

/// Who calls the service, and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// A client in the region that has a processor to itself.
    #[default]
    InRegion,
    /// The original study's: Python in a Lambda function of 128 MB, in the region, slower than many of the services.
    Study,
}

/// How a way is called, and how it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Setup {
    /// Who calls.
    pub caller: Caller,
    /// How it counts.
    pub update: Update,
    /// When it opens a connection to its store.
    pub connections: Connections,
    /// How often it calls which stores for each call, where that was measured: of a service of the user's own.
    pub calls: Option<[CallsOf; 2]>,
}

/// How often one store is called for each call: means.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsOf {
    /// The store.
    pub store: ways::Store,
    /// Calls that read.
    pub reads: f64,
    /// Calls that write.
    pub writes: f64,
}

/// Hops to stores of one call, at most: more make no call that anybody waits for.
const HOPS_MAX: usize = 64;

/// What is predicted of a way.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Sequential calls over one connection, warm.
    pub calls: Figures,
    /// One of a hundred of them, in their order, in ms.
    pub calls_ms: Vec<f32>,
    /// Calls in a second.
    pub calls_per_second: f64,
    /// Their mean with each assumed delay at half and at double, in ms.
    pub mean_range_ms: Range,
    /// And their median.
    pub p50_range_ms: Range,
    /// And their 99th percentile.
    pub p99_range_ms: Range,
    /// Cold starts: of a function the whole first call; of a server from its process's start to the first answer; absent where no
    /// process starts, with all else of them.
    pub cold: Option<Figures>,
    /// Their median with each assumed delay at half and at double, in ms.
    pub cold_range_ms: Option<Range>,
    /// One of fifty of them, in ms: the whole, and the part until the service can take calls.
    pub cold_ms: Vec<[f32; 2]>,
    /// The part of cold starts until the service can take calls.
    pub init: Option<Figures>,
    /// Mean time of a warm call inside of the function, in ms; absent of a server.
    pub inside_mean_ms: Option<f64>,
}

/// AWS by one set of parameters, its hops ready to be drawn from.
#[derive(Clone, Debug)]
pub struct Aws {
    parameters: Arc<Parameters>,
    runtimes: &'static Runtimes,
    /// What each assumed delay is multiplied by.
    assumed: f64,
    samplers: Arc<Mutex<Vec<(Shape, Sampler)>>>,
}

impl Aws {
    /// By these parameters.
    #[must_use]
    pub fn new(parameters: Arc<Parameters>) -> Self {
        Self { parameters, runtimes: Runtimes::committed(), assumed: 1.0, samplers: Arc::default() }
    }

    /// The same with each assumed delay at half, and at double: the ends of ranges.
    #[must_use]
    pub fn ends(&self) -> [Self; 2] {
        ASSUMED.map(|factor| Self { assumed: factor, ..self.clone() })
    }

    /// What it goes by.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Predicts a way from what its service needs.
    #[must_use]
    pub fn predict(&self, way: Way, demand: &Demand, setup: Setup, seed: u64) -> Prediction {
        let seed = seeded_by(seed, way);
        let played = |aws: &Self, calls: usize, cold: usize| {
            let scenario = aws.scenario(way, demand, setup);
            (simulate(&scenario, aws.arrivals(setup), calls + 1, seed), scenario.starts(cold, seed))
        };
        let [low, high] = self.ends().map(|end| {
            let (mut calls, mut starts) = played(&end, ENDS_CALLS, ENDS_CALLS / 10);
            (Figures::of(&mut calls.warm_ms).unwrap_or_default(), Figures::of(&mut starts.cold_ms))
        });
        let (mut played, mut starts) = played(self, CALLS, COLD_STARTS);
        let calls_ms = played.warm_ms.iter().copied().step_by(CALLS / SAMPLES).collect();
        let starts_ms = starts.cold_ms.iter().zip(&starts.init_ms).step_by(COLD_STARTS / COLD_SAMPLES);
        let cold_ms = starts_ms.map(|(&all, &init)| [all, init]).collect();
        let (calls, cold) = (Figures::of(&mut played.warm_ms).unwrap_or_default(), Figures::of(&mut starts.cold_ms));
        let cold_range_ms = cold.zip(low.1.zip(high.1));
        let function = way.compute.facts().kind == Kind::Function;
        Prediction {
            calls,
            calls_ms,
            calls_per_second: calls.count as f64 / played.end_ms * 1e3,
            mean_range_ms: Range::around(calls.mean_ms, low.0.mean_ms, high.0.mean_ms),
            p50_range_ms: Range::around(calls.p50_ms, low.0.p50_ms, high.0.p50_ms),
            p99_range_ms: Range::around(calls.p99_ms, low.0.p99_ms, high.0.p99_ms),
            cold,
            cold_ms,
            cold_range_ms: cold_range_ms.map(|(it, (low, high))| Range::around(it.p50_ms, low.p50_ms, high.p50_ms)),
            init: Figures::of(&mut starts.init_ms),
            inside_mean_ms: function.then(|| played.inside_ms / calls.count.max(1) as f64),
        }
    }

    /// Predicts several ways, on all processors.
    #[must_use]
    pub fn predict_all(&self, ways: &[(Way, Demand)], setup: Setup, seed: u64) -> Vec<Prediction> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut predicted = Vec::new();
            while let Some((index, (way, demand))) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| ways.get(index).map(|way| (index, way)))
            {
                predicted.push((index, self.predict(*way, demand, setup, seed)));
            }
            predicted
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let mut predicted: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            threads.into_iter().flat_map(|it| it.join().expect("a prediction does not panic")).collect()
        });
        predicted.sort_by_key(|(index, _)| *index);
        predicted.into_iter().map(|(_, it)| it).collect()
    }

    /// Sequential calls of one client.
    fn arrivals(&self, setup: Setup) -> Arrivals {
        let client = &self.parameters.study_client;
        let pace = match setup.caller {
            Caller::InRegion => None,
            Caller::Study => Some(Pace { cpu_ms: client.cpu_ms, vcpus: client.vcpus }),
        };
        Arrivals::Closed { clients: 1, think_ms: 0.0, pace }
    }

    /// What a call to a way passes and needs.
    #[must_use]
    pub fn scenario(&self, way: Way, demand: &Demand, setup: Setup) -> Scenario {
        let parameters = &*self.parameters;
        let front = parameters.front.get(&way.front);
        Scenario {
            entrance: [Some(&parameters.network), front].into_iter().flatten().map(|hop| self.hop(hop)).collect(),
            compute: match way.compute.facts().kind {
                Kind::Function => Compute::Function(self.function(way, demand)),
                Kind::Server => Compute::Server(self.server(way)),
                Kind::Integration => Compute::Nothing,
            },
            store: self.store(way, setup),
            warm_cpu_ms: ms(demand.warm_cpu),
            first_cpu_ms: ms(demand.first_cpu),
            init_cpu_ms: ms(demand.init_cpu),
            spread: self.sampler(Shape {
                median: 1.0,
                sigma: parameters.cpu_spread.factor,
                slow_weight: 0.0,
                slow_factor: 1.0,
            }),
            retries: Retries::default(),
        }
    }

    fn hop(&self, hop: &Distribution) -> Sampler {
        let factor = if hop.is_assumed() { self.assumed } else { 1.0 };
        self.sampler(hop.times(factor).shape())
    }

    /// Each is made once.
    fn sampler(&self, shape: Shape) -> Sampler {
        let mut samplers = self.samplers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = samplers.iter().find(|(of, _)| *of == shape) {
            return made.clone();
        }
        let made = Sampler::new(shape);
        samplers.push((shape, made.clone()));
        made
    }

    fn store(&self, way: Way, setup: Setup) -> Store {
        let parameters = &*self.parameters;
        if let Some(calls) = setup.calls {
            return self.stores(&calls, setup.connections);
        }
        let (read, write) = parameters.store.get(&way.store).map(|calls| (&calls.read, &calls.write)).unzip();
        let reads = way.store.facts().reads_first || way.updates(setup.update) == Update::ReadThenWrite;
        let read = read.filter(|_| reads);
        let file = way.file_storage().map(|storage| parameters.commit(storage));
        // A gateway's own connections are open: assumed, for it is called by many.
        let networked = write.is_some() && way.has_process();
        Store {
            hops: [read, write, file].into_iter().flatten().map(|hop| self.hop(hop)).collect(),
            shares: Vec::new(),
            connect: networked.then(|| self.hop(&parameters.connect)),
            connection_cpu_ms: if networked { parameters.connect_cpu.ms } else { 0.0 },
            connections: setup.connections,
        }
    }

    /// The stores of a service of the user's own: 1.3 reads are a hop that each call passes, and one that three of ten do.
    fn stores(&self, calls: &[CallsOf], connections: Connections) -> Store {
        let parameters = &*self.parameters;
        let (mut hops, mut shares) = (Vec::new(), Vec::new());
        for of in calls {
            let Some(times) = parameters.store.get(&of.store) else { continue };
            for (mean, hop) in [(of.reads, &times.read), (of.writes, &times.write)] {
                let mut left = mean;
                // What is called once in thousands of calls is no part of a call.
                while left > 1e-4 && hops.len() < HOPS_MAX {
                    hops.push(self.hop(hop));
                    shares.push(left.min(1.0));
                    left -= 1.0;
                }
            }
        }
        let networked = !hops.is_empty();
        Store {
            hops,
            shares,
            connect: networked.then(|| self.hop(&parameters.connect)),
            connection_cpu_ms: if networked { parameters.connect_cpu.ms } else { 0.0 },
            connections,
        }
    }

    fn function(&self, way: Way, demand: &Demand) -> Function {
        let parameters = &*self.parameters;
        let hello = self.runtimes.of(way);
        let shape = hello.map_or(parameters.cold.shape(), |row| row.shape());
        let p50_ms = shape.quantile(0.5);
        let own_ms = way.language.facts().assumed.hello_init_cpu_ms;
        Function {
            invoke: self.hop(&parameters.invoke),
            cold: self.hop(&parameters.cold),
            vpc: parameters.cold_vpc(way).map(|hop| self.hop(hop)),
            // AWS means 10⁶ bytes; whole bytes below 2⁵³ are exact in a float.
            cold_fixed_ms: parameters.cold_per_mb_ms(way) * demand.package_bytes as f64 / 1e6,
            init_fixed_ms: hello.map_or(0.0, |_| (p50_ms - own_ms).max(0.0)),
            init: self.sampler(Shape { median: shape.median / p50_ms, ..shape }),
            share: Share::new(way.resources().vcpu, parameters.lambda_period.duration()),
            keep_idle: parameters.keep_idle.duration(),
            // Each environment that there is holds its connections, busy or not; there are as many as were busy at once.
            concurrency: way.store.facts().connections.map_or(parameters.account_concurrency.count, |it| {
                it.processes().min(parameters.account_concurrency.count)
            }),
        }
    }

    fn server(&self, way: Way) -> Server {
        let vcpus = way.resources().vcpu;
        let single = way.language.facts().single_threaded;
        let workers = if single { 1 } else { vcpus.ceil().max(1.0) as u32 };
        let share = Share::new(vcpus / f64::from(workers), self.parameters.server_period.duration());
        Server { workers, share }
    }
}

impl Scenario {
    /// Starts from nothing, each followed by one call.
    #[must_use]
    pub fn starts(&self, count: usize, seed: u64) -> Played {
        match &self.compute {
            Compute::Function(function) => {
                let think_ms = ms(function.keep_idle) + 1.0;
                simulate(self, Arrivals::Closed { clients: 1, think_ms, pace: None }, count, seed)
            }
            Compute::Server(server) => self.server_starts(server, count, seed),
            Compute::Nothing => Played::default(),
        }
    }

    /// The process starts under the server's share, and is called as soon as it is ready.
    fn server_starts(&self, server: &Server, count: usize, seed: u64) -> Played {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut played = Played::default();
        for _ in 0..count {
            let mut bandwidth = Bandwidth::new(server.share, random.f64());
            let draw = |hop: &Sampler, random: &mut fastrand::Rng| hop.draw(false, random);
            let init = bandwidth.run(0.0, self.init_cpu_ms * draw(&self.spread, &mut random));
            let mut now = init + self.entrance.iter().map(|hop| draw(hop, &mut random)).sum::<f64>();
            let hops = &self.store.hops;
            let cpu_ms = (self.first_cpu_ms + self.store.connection_cpu_ms) / (hops.len() + 1) as f64;
            now += self.store.connect.as_ref().map_or(0.0, |hop| draw(hop, &mut random));
            for (index, hop) in hops.iter().enumerate() {
                now = bandwidth.run(now, cpu_ms);
                if self.store.passes(index, &mut random) {
                    now += draw(hop, &mut random);
                }
            }
            now = bandwidth.run(now, cpu_ms);
            played.init_ms.push(init as f32);
            played.cold_ms.push(now as f32);
            played.end_ms = now;
        }
        played
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// FNV-1a over the seed and the way: stable across builds, which the standard library's hash is not. The same at every
/// size and for both instruction sets, so that sizes are compared and not seeds.
/// <http://www.isthe.com/chongo/tech/comp/fnv/>
fn seeded_by(seed: u64, way: Way) -> u64 {
    let parts = [way.compute.word(), way.language.word(), way.store.word(), way.front.word()];
    let bytes = parts.iter().flat_map(|word| word.bytes());
    seed.to_le_bytes()
        .into_iter()
        .chain(bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
