//! What the model plays of candidates: warm calls under their traffic, and starts. Candidates that the model can't distinguish
//! share what is played: more memory beside the same processor, another instance type with as many.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use model::{Arrivals, Aws, Compute, Demand, Scenario, Setup, simulate};
use ways::{Arch, ArtifactKind, Axis, FileStorage, Front, Kind, Language, Store, Way};

use crate::quantiles::Quantiles;

/// Warm calls, and those for each end of the assumptions: enough for two digits of a 99th percentile.
const CALLS: usize = 40_000;
const ENDS_CALLS: usize = 10_000;

/// Starts, likewise.
const STARTS: usize = 1_000;
const ENDS_STARTS: usize = 500;

/// The least rate that is played, in calls per second: so far apart calls neither meet nor find an environment ended, and
/// farther apart they are the same.
pub(crate) const RATE_MIN: f64 = 0.1;

/// Steps of a decade in which a function's rate is played: its environments are added to as calls meet, so the rate hardly
/// matters to a warm call.
const RATE_STEPS: f64 = 2.0;

/// AWS by its parameters, and with each assumed delay at half and at double.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    by_case: [Aws; 3],
    setup: Setup,
    seed: u64,
}

/// Warm calls, by case: as the parameters are, and at either end of the assumptions.
#[derive(Clone, Debug)]
pub(crate) struct Warm {
    pub(crate) latency: [Quantiles; 3],
    /// Mean time of a call, in ms.
    pub(crate) mean_ms: f64,
    /// Mean time of a call inside of the function or the server, in ms.
    pub(crate) inside_ms: [f64; 3],
    /// Mean time for which a call takes a function's environment, in ms.
    pub(crate) busy_ms: f64,
}

/// Starts from nothing, by case.
#[derive(Clone, Debug)]
pub(crate) struct Starts {
    pub(crate) latency: [Quantiles; 3],
    /// Mean of the part until the service can take calls, in ms.
    pub(crate) init_ms: f64,
    /// Mean time of the first call inside of it, in ms.
    pub(crate) first_ms: f64,
}

/// All that the model sees of a candidate. Numbers by their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    kind: Kind,
    language: Language,
    store: Store,
    file: Option<FileStorage>,
    front: Front,
    vcpu: u64,
    demand_ns: [u128; 3],
    package_bytes: u64,
    package: Option<ArtifactKind>,
    arch: Option<Arch>,
    rate: u64,
}

impl Key {
    /// Of warm calls at a rate.
    pub(crate) fn warm(way: Way, demand: &Demand, per_second: f64) -> Self {
        let kind = way.compute.facts().kind;
        let per_second = per_second.max(RATE_MIN);
        let rate = match kind {
            Kind::Function => 10_f64.powf((per_second.log10() * RATE_STEPS).round() / RATE_STEPS),
            Kind::Server => per_second,
            // No call waits for another.
            Kind::Integration => RATE_MIN,
        };
        let demand_ns = [0, demand.first_cpu.as_nanos(), demand.warm_cpu.as_nanos()];
        Self {
            demand_ns,
            package_bytes: 0,
            package: None,
            arch: None,
            rate: rate.to_bits(),
            ..Self::start(way, demand)
        }
    }

    /// Of starts.
    pub(crate) fn start(way: Way, demand: &Demand) -> Self {
        let compute = way.compute.facts();
        let function = compute.kind == Kind::Function;
        // An environment takes one call, and that one processor: more than one changes nothing.
        let vcpu = if function { way.resources().vcpu.min(1.0) } else { way.resources().vcpu };
        Self {
            kind: compute.kind,
            language: way.language,
            store: way.store,
            file: way.file_storage(),
            front: way.front,
            vcpu: vcpu.to_bits(),
            demand_ns: [demand.init_cpu, demand.first_cpu, demand.warm_cpu].map(|it| it.as_nanos()),
            package_bytes: demand.package_bytes,
            package: function.then_some(compute.artifact),
            arch: Some(way.arch),
            rate: 0,
        }
    }

    /// Calls per second that are played.
    pub(crate) fn rate(&self) -> f64 {
        f64::from_bits(self.rate)
    }
}

impl Model {
    pub(crate) fn new(aws: &Aws, setup: Setup, seed: u64) -> Self {
        let [low, high] = aws.ends();
        Self { by_case: [aws.clone(), low, high], setup, seed }
    }

    pub(crate) fn setup(&self) -> Setup {
        self.setup
    }

    pub(crate) fn aws(&self) -> &Aws {
        &self.by_case[0]
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// What a candidate's calls pass, by case.
    pub(crate) fn scenarios(&self, way: Way, demand: &Demand) -> [Scenario; 3] {
        self.by_case.each_ref().map(|aws| aws.scenario(way, demand, self.setup))
    }

    /// Plays the warm calls of a candidate at a key's rate.
    pub(crate) fn warm(&self, way: Way, demand: &Demand, key: &Key) -> Warm {
        let scenarios = self.scenarios(way, demand);
        let arrivals = Arrivals::Open { per_second: key.rate() };
        let played = [CALLS, ENDS_CALLS, ENDS_CALLS].into_iter().zip(&scenarios);
        let (mut mean_ms, mut inside_ms) = (0.0, [0.0; 3]);
        let mut latency = [(); 3].map(|()| Quantiles::default());
        for (case, (calls, scenario)) in played.enumerate() {
            let played = simulate(scenario, arrivals, calls, self.seed);
            inside_ms[case] = played.inside_ms / played.warm_ms.len().max(1) as f64;
            if case == 0 {
                mean_ms = mean(&played.warm_ms);
            }
            latency[case] = Quantiles::of(played.warm_ms).unwrap_or_default();
        }
        let invoke_ms = function(&scenarios[0]).map_or(0.0, |it| it.invoke.mean());
        Warm { latency, mean_ms, inside_ms, busy_ms: inside_ms[0] + invoke_ms }
    }

    /// Plays the starts of a candidate.
    pub(crate) fn starts(&self, way: Way, demand: &Demand) -> Starts {
        let scenarios = self.scenarios(way, demand);
        let mut latency = [(); 3].map(|()| Quantiles::default());
        let (mut init_ms, mut first_ms) = (0.0, 0.0);
        for (case, scenario) in scenarios.iter().enumerate() {
            let count = if case == 0 { STARTS } else { ENDS_STARTS };
            let played = scenario.starts(count, self.seed);
            if case == 0 {
                init_ms = mean(&played.init_ms);
                first_ms = (mean(&played.cold_ms) - init_ms - before_init_ms(scenario)).max(0.0);
            }
            latency[case] = Quantiles::of(played.cold_ms).unwrap_or_default();
        }
        Starts { latency, init_ms, first_ms }
    }
}

/// What a first call takes on average before a start, and on its way, in ms.
pub(crate) fn before_init_ms(scenario: &Scenario) -> f64 {
    let entrance: f64 = scenario.entrance.iter().map(model::Sampler::mean).sum();
    let function = function(scenario).map(|it| {
        let vpc = it.vpc.as_ref().map_or(0.0, model::Sampler::mean);
        it.invoke.mean() + it.cold.mean() + vpc + it.cold_fixed_ms
    });
    entrance + function.unwrap_or_default()
}

pub(crate) fn function(scenario: &Scenario) -> Option<&model::Function> {
    match &scenario.compute {
        Compute::Function(function) => Some(function),
        Compute::Server(_) | Compute::Nothing => None,
    }
}

pub(crate) fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len().max(1) as f64
}

/// Results that several candidates share, each worked out once.
#[derive(Debug)]
pub(crate) struct Shared<R> {
    index: HashMap<Key, usize>,
    results: Vec<R>,
}

impl<R: Send> Shared<R> {
    /// Works out the result of each key, on all processors.
    pub(crate) fn of<T: Copy + Sync>(
        items: impl Iterator<Item = (Key, T)>,
        work: impl Fn(&Key, T) -> R + Sync,
    ) -> Self {
        let (mut index, mut unique) = (HashMap::new(), Vec::new());
        for (key, item) in items {
            index.entry(key).or_insert_with(|| {
                unique.push((key, item));
                unique.len() - 1
            });
        }
        Self { index, results: on_all_processors(&unique, |(key, item)| work(key, *item)) }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&R> {
        self.results.get(*self.index.get(key)?)
    }
}

/// Works on items, on all processors: results in the order of the items.
pub(crate) fn on_all_processors<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let Some((index, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, items.get(index)?)))
        {
            done.push((index, work(item)));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut done: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().flat_map(|it| it.join().expect("a simulation does not panic")).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use model::{Parameters, Sampler};

    use super::*;
    use crate::candidates::Candidates;
    use crate::demands::Demands;

    /// All that a scenario's warm calls are made of; and its starts.
    fn parts(scenario: &Scenario) -> [Vec<u64>; 2] {
        let means = |samplers: &[Sampler]| samplers.iter().map(Sampler::mean).collect::<Vec<_>>();
        let store = &scenario.store;
        let mut warm = [&means(&scenario.entrance)[..], &means(&store.hops), &store.shares].concat();
        warm.extend([scenario.warm_cpu_ms, scenario.first_cpu_ms, scenario.spread.mean(), store.connection_cpu_ms]);
        warm.extend(store.connect.as_ref().map(Sampler::mean));
        let mut starts = vec![scenario.init_cpu_ms];
        match &scenario.compute {
            Compute::Function(it) => {
                warm.extend([it.invoke.mean(), it.share.vcpus.min(1.0), f64::from(it.concurrency)]);
                starts.extend([it.cold.mean(), it.cold_fixed_ms, it.init_fixed_ms, it.init.mean()]);
                starts.extend(it.vpc.as_ref().map(Sampler::mean));
            }
            Compute::Server(it) => warm.extend([f64::from(it.workers), it.share.vcpus]),
            Compute::Nothing => {}
        }
        [warm, starts].map(|part| part.into_iter().map(f64::to_bits).collect())
    }

    #[test]
    fn candidates_that_share_what_is_played_differ_in_nothing_that_the_model_sees() {
        let parameters = Parameters::committed();
        let candidates = Candidates::of(Demands::built_in(), None, &parameters).all;
        let model = Model::new(&Aws::new(Parameters::committed()), Setup::default(), 1);
        let (mut warm, mut starts) = (HashMap::new(), HashMap::new());
        for (way, demand) in candidates.iter().map(|it| (it.variant.way, &it.demand)) {
            let [of_calls, of_starts] = parts(&model.scenarios(way, demand)[0]);
            let (known, first) = warm.entry(Key::warm(way, demand, 1.0)).or_insert((of_calls.clone(), way));
            assert_eq!(*known, of_calls, "calls of {first} and {way}");
            let of_starts = [of_calls, of_starts];
            let (known, first) = starts.entry(Key::start(way, demand)).or_insert((of_starts.clone(), way));
            assert_eq!(*known, of_starts, "starts of {first} and {way}");
        }
        let (warm, starts, all) = (warm.len(), starts.len(), candidates.len());
        assert!(8 * warm < all && 2 * starts < all, "few share: {warm} calls and {starts} starts of {all}");
    }
}
