//! The figures of candidates under a month's traffic: latency with cold starts, their share, and the cost, each with the range
//! that the assumptions make.

use model::{Aws, Setup};
use prices::Snapshot;
use prices::cost::{Cost, CostError, SECONDS_PER_MONTH, Usage, cost};
use serde::Serialize;
use ways::{Axis, Kind};

use crate::answer::is_function;
use crate::candidates::Candidate;
use crate::cold::cold_share;
use crate::play::{Key, Model, Shared, Starts, Warm};
use crate::quantiles::Quantiles;

/// How much longer than the parameter an idle environment may stay: measurements by others lie at 5 to 15 minutes, and the
/// parameter is the least of them.
const KEEP_IDLE_MOST: f64 = 3.0;

/// What figures are worked out by.
#[derive(Clone, Debug)]
pub struct Basis<'a> {
    /// How slow AWS is.
    pub aws: Aws,
    /// How services are called, and call their stores.
    pub setup: Setup,
    /// What AWS charges.
    pub prices: &'a Snapshot,
    /// The seed of what is played.
    pub seed: u64,
}

/// A figure, and what it comes to with the assumptions at their ends: no confidence interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figure {
    /// By the parameters as they are.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Figure {
    /// From the figure and what came out at the ends: it lies in its range, which fewer draws may have moved beside it.
    pub(crate) fn of([value, one, other]: [f64; 3]) -> Self {
        Self { value, low: one.min(other).min(value), high: one.max(other).max(value) }
    }
}

/// The figures of a candidate. Times in ms, of a call from a client in the region.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The median of all calls.
    pub p50_ms: Figure,
    /// Their 99th percentile: of warm calls and cold ones together.
    pub p99_ms: Figure,
    /// The median of those that meet a cold start; of a server from its process's start to its first answer; absent where no
    /// process starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_start_ms: Option<Figure>,
    /// The share of calls that meet a cold start; none but of a function: a server is there before its first call.
    pub cold_share: Figure,
    /// US dollars of a month.
    pub usd_per_month: Figure,
    /// Instances or tasks; one for a function.
    pub instances: u32,
}

/// The candidates that can serve a month's calls, with what was played of them.
#[derive(Debug)]
pub(crate) struct Played<'a> {
    pub(crate) model: Model,
    pub(crate) prices: &'a Snapshot,
    warm: Shared<Warm>,
    starts: Shared<Starts>,
}

/// Calls of a month as a rate, per second.
pub(crate) fn per_second(calls_per_month: f64) -> f64 {
    calls_per_month / SECONDS_PER_MONTH
}

/// How a way is used by what its service needs: what that has no part in is assumed.
pub(crate) fn usage(it: &Candidate, calls_per_month: f64) -> Usage {
    let assumed = Usage { own: it.own, ..Usage::assumed(it.variant.way, calls_per_month) };
    let warm_s = it.demand.warm_cpu.as_secs_f64();
    Usage { calls_per_vcpu_second: if warm_s > 0.0 { 1.0 / warm_s } else { assumed.calls_per_vcpu_second }, ..assumed }
}

/// A candidate's number of instances at so many calls a month.
///
/// # Errors
/// When it can't serve them, or a price is not known.
pub(crate) fn instances(it: &Candidate, calls_per_month: f64, prices: &Snapshot) -> Result<u32, CostError> {
    Ok(cost(it.variant.way, &usage(it, calls_per_month), prices)?.instances)
}

/// How many calls a second one of so many instances gets; none where no number of them can serve a month's calls.
pub(crate) fn rate(instances: Option<u32>, calls_per_month: f64) -> f64 {
    instances.map_or(0.0, |instances| per_second(calls_per_month) / f64::from(instances))
}

impl<'a> Played<'a> {
    /// Plays candidates, each with as many instances as its calls need; where no number of them can serve these, few calls.
    pub(crate) fn of(candidates: &[(Candidate, Option<u32>)], calls_per_month: f64, basis: &Basis<'a>) -> Self {
        let model = Model::new(&basis.aws, basis.setup, basis.seed);
        let warm = candidates.iter().map(|(it, instances)| {
            let way = it.variant.way;
            (Key::warm(way, &it.demand, rate(*instances, calls_per_month)), (way, &it.demand))
        });
        let warm = Shared::of(warm, |key, (way, demand)| model.warm(way, demand, key));
        let starts = candidates.iter().map(|(it, _)| {
            let way = it.variant.way;
            (Key::start(way, &it.demand), (way, &it.demand))
        });
        let starts = Shared::of(starts, |_, (way, demand)| model.starts(way, demand));
        Self { model, prices: basis.prices, warm, starts }
    }

    /// A candidate's warm calls at a rate, and its starts; nothing where they were not played.
    pub(crate) fn calls(&self, it: &Candidate, per_second: f64) -> Option<(&Warm, &Starts)> {
        let (way, demand) = (it.variant.way, &it.demand);
        self.warm.get(&Key::warm(way, demand, per_second)).zip(self.starts.get(&Key::start(way, demand)))
    }

    /// The share of cold calls of a candidate: by the parameters, and with environments that stay for longer.
    pub(crate) fn cold_share(&self, it: &Candidate, warm: &Warm, calls_per_month: f64) -> Figure {
        if !is_function(it.variant.way) {
            return Figure::default();
        }
        let value = self.cold_share_at(warm, calls_per_month);
        let longest_s = self.keep_idle_s() * KEEP_IDLE_MOST;
        Figure::of([value, cold_share(per_second(calls_per_month), warm.busy_ms / 1e3, longest_s), value])
    }

    /// The share of cold calls of a function by the parameters.
    pub(crate) fn cold_share_at(&self, warm: &Warm, calls_per_month: f64) -> f64 {
        cold_share(per_second(calls_per_month), warm.busy_ms / 1e3, self.keep_idle_s())
    }

    fn keep_idle_s(&self) -> f64 {
        self.model.aws().parameters().keep_idle.duration().as_secs_f64()
    }

    /// What a month of a candidate costs, where its calls take so long as in a case.
    pub(crate) fn cost(
        &self,
        it: &Candidate,
        (warm, starts): (&Warm, &Starts),
        case: usize,
        cold_share: f64,
        calls_per_month: f64,
    ) -> Result<Cost, CostError> {
        let usage = usage(it, calls_per_month);
        let duration_ms = (1.0 - cold_share) * warm.inside_ms[case] + cold_share * starts.first_ms;
        let usage = match it.variant.way.compute.facts().kind {
            Kind::Function => Usage { duration_ms, init_ms: starts.init_ms, cold_share, ..usage },
            Kind::Server | Kind::Integration => usage,
        };
        cost(it.variant.way, &usage, self.prices)
    }

    /// The figures of a candidate, and its bill.
    ///
    /// # Errors
    /// When it can't serve so many calls, or a price is not known.
    pub(crate) fn figures(
        &self,
        it: &Candidate,
        (warm, starts): (&Warm, &Starts),
        calls_per_month: f64,
    ) -> Result<(Figures, Cost), CostError> {
        let share = self.cold_share(it, warm, calls_per_month);
        let shares = [share.value, share.low, share.high];
        let percentile =
            |at: f64| Figure::of([0, 1, 2].map(|case| mixed(&warm.latency, &starts.latency, case, shares[case], at)));
        let costs = [0, 1, 2].map(|case| self.cost(it, (warm, starts), case, shares[case], calls_per_month));
        let [cost, low, high] = costs;
        let cost = cost?;
        Ok((
            Figures {
                p50_ms: percentile(0.5),
                p99_ms: percentile(0.99),
                cold_start_ms: (it.variant.way.has_process())
                    .then(|| Figure::of([0, 1, 2].map(|case| starts.latency[case].at(0.5)))),
                cold_share: share,
                usd_per_month: Figure::of([cost.usd(), low?.usd(), high?.usd()]),
                instances: cost.instances,
            },
            cost,
        ))
    }
}

/// A percentile of all calls, where such a share is cold.
pub(crate) fn mixed(warm: &[Quantiles; 3], cold: &[Quantiles; 3], case: usize, cold_share: f64, at: f64) -> f64 {
    if cold_share == 0.0 { warm[case].at(at) } else { warm[case].mixed(&cold[case], cold_share, at) }
}
