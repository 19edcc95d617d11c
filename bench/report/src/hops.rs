//! Where the time of a predicted call goes: each hop's mean with the source of it, from the model's parameters; and how a
//! prediction changes with memory. Computed when a report is made; a record has none of it.

use measure::run::{Plan, Prediction, Profile, Requests, StoreUse};
use model::{Arrivals, Aws, Distribution, Figures, Parameters, Runtimes, Setup, simulate};
use ways::{Axis, Kind, Size, Store, Update, Way};

/// Calls that are simulated for each size, and to see whether the parameters are still those of the run.
const CALLS: usize = 6_000;

/// How far the mean may be from the run's: a larger difference is not of chance, the parameters have changed.
const OFF_MAX: f64 = 0.05;

/// Memory of functions, in MiB: the staircase is steepest where it is least.
const SIZES_MIB: [u32; 16] = [128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1_024, 1_280, 1_769, 2_048, 3_008];

/// A part of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hop {
    /// What it is.
    pub(crate) name: String,
    /// Its mean, in ms.
    pub(crate) mean_ms: f64,
    /// Its 99th percentile, in ms, where it has a distribution.
    pub(crate) p99_ms: Option<f64>,
    /// Where it is from.
    pub(crate) source: String,
}

/// What a prediction is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hops {
    /// Of a warm call.
    pub(crate) warm: Vec<Hop>,
    /// Of a cold start with its first call; none of a way without a process.
    pub(crate) cold: Vec<Hop>,
}

/// A function at some memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AtMemory {
    /// MiB.
    pub(crate) mib: u32,
    /// Median and 99th percentile of warm calls, in ms.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// A record's prediction, and what it was made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Predicted<'a> {
    pub(crate) way: Way,
    pub(crate) prediction: &'a Prediction,
    pub(crate) demand: model::Demand,
    pub(crate) plan: &'a Plan,
}

impl<'a> Predicted<'a> {
    /// Nothing where the run has no demand, or was called by the original study's client.
    pub(crate) fn of(way: Way, prediction: &'a Prediction, package_bytes: u64, plan: &'a Plan) -> Option<Self> {
        let demand = match &prediction.demand {
            Some(demand) => demand.on_aws(way.arch, package_bytes),
            // It needs no processor.
            None if !way.has_process() => model::Demand { package_bytes, ..model::Demand::default() },
            None => return None,
        };
        plan.profiles.contains(&Profile::Aws).then_some(Self { way, prediction, demand, plan })
    }

    fn setup(&self) -> Setup {
        let calls = self.prediction.stores.as_ref().map(StoreUse::calls);
        Setup { update: self.plan.update, calls, ..Setup::default() }
    }

    fn played(&self, aws: &Aws, way: Way) -> Figures {
        let scenario = aws.scenario(way, &self.demand, self.setup());
        let client = Arrivals::Closed { clients: 1, think_ms: 0.0, pace: None };
        Figures::of(&mut simulate(&scenario, client, CALLS + 1, self.plan.seed).warm_ms).unwrap_or_default()
    }

    /// Whether today's parameters still give what the run has.
    pub(crate) fn is_reproduced(&self, aws: &Aws) -> bool {
        let was_ms = self.prediction.latency.summary.mean_ms;
        was_ms > 0.0 && (self.played(aws, self.way).mean_ms / was_ms - 1.0).abs() < OFF_MAX
    }

    /// The hops; nothing where the parameters have changed since the run.
    pub(crate) fn hops(&self, aws: &Aws) -> Option<Hops> {
        let cold = || self.prediction.cold_start.as_ref().map(|it| self.cold(it.summary.mean_ms)).unwrap_or_default();
        self.is_reproduced(aws).then(|| Hops { warm: self.warm(), cold: cold() })
    }

    fn entrance(&self) -> Vec<Hop> {
        let parameters = Parameters::committed();
        let front = parameters.front.get(&self.way.front);
        let title = &self.way.front.facts().title;
        std::iter::once(hop("network, there and back", &parameters.network))
            .chain(front.map(|front| hop(title, front)))
            .collect()
    }

    fn store(&self) -> Vec<Hop> {
        let (parameters, store) = (Parameters::committed(), self.way.store.facts());
        if let Some(used) = &self.prediction.stores {
            return used.requests.iter().flat_map(|(store, requests)| own_hops(*store, *requests)).collect();
        }
        let calls = parameters.store.get(&self.way.store);
        let reads = store.reads_first || self.way.updates(self.plan.update) == Update::ReadThenWrite;
        let read = calls.filter(|_| reads).map(|calls| hop(&format!("{}: read", store.title), &calls.read));
        let write = calls.map(|calls| hop(&format!("{}: write", store.title), &calls.write));
        let file = self.way.file_storage().map(|storage| hop("write of the file", parameters.commit(storage)));
        [read, write, file].into_iter().flatten().collect()
    }

    fn is_function(&self) -> bool {
        self.way.compute.facts().kind == Kind::Function
    }

    fn warm(&self) -> Vec<Hop> {
        let invoke = self.is_function().then(|| hop("invocation", &Parameters::committed().invoke));
        let own = || measured("processor time of the call", self.demand.warm_cpu.as_secs_f64() * 1e3);
        let before = self.entrance().into_iter().chain(invoke).chain(self.way.has_process().then(own));
        self.with_waiting(before.collect(), self.store(), self.prediction.latency.summary.mean_ms)
    }

    fn cold(&self, mean_ms: f64) -> Vec<Hop> {
        let parameters = Parameters::committed();
        let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        let mut before = self.entrance();
        let mut factor = 1.0;
        if self.is_function() {
            before.push(hop("invocation", &parameters.invoke));
            before.push(hop("a new environment", &parameters.cold));
            before.extend(parameters.cold_vpc(self.way).map(|vpc| hop("its way into the VPC", vpc)));
            let package_mb = self.demand.package_bytes as f64 / 1e6;
            let package_ms = parameters.cold_per_mb_ms(self.way) * package_mb;
            if package_ms > 0.0 {
                before.push(fixed(
                    &format!("its package, {package_mb:.1} MB"),
                    package_ms,
                    &parameters.cold_per_mb.source,
                ));
            }
            if let Some(runtime) = Runtimes::committed().of(self.way) {
                let shape = runtime.shape();
                let p50_ms = shape.quantile(0.5);
                factor = shape.mean() / p50_ms;
                let own_ms = self.way.language.facts().assumed.hello_init_cpu_ms;
                let start_ms = (p50_ms - own_ms).max(0.0) * factor;
                before.push(fixed("the runtime's own start", start_ms, &Runtimes::committed().source));
            }
        }
        before.push(measured("processor time of the start", ms(self.demand.init_cpu) * factor));
        before.push(measured("processor time of the first call", ms(self.demand.first_cpu)));
        let mut after = self.store();
        if parameters.store.contains_key(&self.way.store) {
            after.insert(0, hop("a connection to the store", &parameters.connect));
            before.push(fixed(
                "processor time of the connection",
                parameters.connect_cpu.ms,
                &parameters.connect_cpu.source,
            ));
        }
        self.with_waiting(before, after, mean_ms)
    }

    /// The hops with what is left of the mean: the wait for the next period of the quota.
    fn with_waiting(&self, mut before: Vec<Hop>, after: Vec<Hop>, mean_ms: f64) -> Vec<Hop> {
        let known_ms: f64 = before.iter().chain(&after).map(|hop| hop.mean_ms).sum();
        let parameters = Parameters::committed();
        let period = if self.is_function() { &parameters.lambda_period } else { &parameters.server_period };
        let waiting_ms = mean_ms - known_ms;
        // Less is chance: means of so many draws differ by so much.
        if waiting_ms > mean_ms * 0.01 && self.way.has_process() {
            let name = "waiting for its share of the processor";
            before.push(fixed(
                name,
                waiting_ms,
                &format!("what is left of the mean; the quota's period: {}", period.source),
            ));
        }
        before.into_iter().chain(after).collect()
    }

    /// The same function by memory, with the processor time that was measured at the way's own size; nothing of a server.
    pub(crate) fn by_memory(&self, aws: &Aws) -> Vec<AtMemory> {
        if !matches!(self.way.size, Size::Memory { .. }) {
            return Vec::new();
        }
        let at = |mib: u32| Some((mib, self.way.at_size(&mib.to_string()).ok()?));
        let sizes = SIZES_MIB.into_iter().filter_map(at);
        sizes
            .map(|(mib, way)| {
                let figures = self.played(aws, way);
                AtMemory { mib, p50_ms: figures.p50_ms, p99_ms: figures.p99_ms }
            })
            .collect()
    }
}

/// What the requests of a service of the user's own take of a call, by their number.
fn own_hops(store: Store, Requests { reads, writes }: Requests) -> Vec<Hop> {
    let parameters = Parameters::committed();
    let Some(calls) = parameters.store.get(&store) else { return Vec::new() };
    let title = &store.facts().title;
    let of = |what: &str, count: f64, distribution: &Distribution| Hop {
        mean_ms: distribution.mean_ms() * count,
        p99_ms: None,
        ..hop(&format!("{title}: {count:.2} {what}"), distribution)
    };
    let both = [("reads", reads, &calls.read), ("writes", writes, &calls.write)];
    both.into_iter().filter(|it| it.1 > 0.0).map(|(what, count, distribution)| of(what, count, distribution)).collect()
}

fn hop(name: &str, distribution: &Distribution) -> Hop {
    Hop {
        name: name.to_owned(),
        mean_ms: distribution.mean_ms(),
        p99_ms: Some(distribution.p99_ms()),
        source: distribution.source().to_owned(),
    }
}

fn fixed(name: &str, ms: f64, source: &str) -> Hop {
    Hop { name: name.to_owned(), mean_ms: ms, p99_ms: None, source: source.to_owned() }
}

fn measured(name: &str, ms: f64) -> Hop {
    fixed(name, ms, "measured here under the quota of its size, as AWS's processor takes it (the run's `demand`)")
}
