//! How large a way should be: its latency by segment and its cost at every size, in both archs, with the knee.

use model::{Demand, Sampler, Scenario};
use prices::cost::CostError;
use serde::Serialize;
use ways::{Build, Size, Variant, Way, model};

use crate::candidates::Candidate;
use crate::demands::Demands;
use crate::figures::{Basis, Figures, Played, instances, rate};
use crate::play::{function, on_all_processors};

/// Between two suggested sizes of a function that are farther apart than this, one between is looked at too.
const FAR: f64 = 1.3;

/// Memory between two suggested sizes is a multiple of this, in MiB.
const STEP_MIB: u32 = 64;

/// A way at every size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sizing {
    /// The way at its default size.
    pub way: Way,
    /// How its service is built.
    pub build: Build,
    /// Calls per month that the cost is of.
    pub calls_per_month: f64,
    /// The shares of a processor at which its service was measured; between them its CPU time is interpolated.
    pub measured_at_vcpu: Vec<f64>,
    /// Whether these shares were held.
    pub share_held: bool,
    /// Sizes by arch, from small to large. Those that can't serve so many calls are left out.
    pub steps: Vec<Step>,
}

/// A way at a size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The way, with its size and arch.
    pub way: Way,
    /// Its processors, or its part of one.
    pub vcpu: f64,
    /// Its memory in MiB.
    pub memory_mib: u64,
    /// What the mean of a warm call is made of.
    pub warm: Segments,
    /// What the mean of a call that meets a cold start is made of; of a server of its start and its first call.
    pub cold: ColdSegments,
    /// Percentiles, cold starts, cost.
    #[serde(flatten)]
    pub figures: Figures,
    /// US dollars of a million calls, at this month's number of them.
    pub usd_per_million_calls: f64,
    /// Whether it is the knee of its arch: the size with the least product of mean warm time and cost. Up to it a larger size
    /// gains more, in parts of its time, than it costs in parts of its cost; beyond it less.
    pub knee: bool,
    /// What the next larger size buys; absent of the largest.
    pub next: Option<Next>,
}

/// Segments of a warm call, in ms: they add up to its mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Segments {
    /// Network and front, there and back.
    pub entrance_ms: f64,
    /// The invocation of a function, outside of its environment.
    pub invoke_ms: f64,
    /// The store, as its client waits for it.
    pub store_ms: f64,
    /// CPU time.
    pub cpu_ms: f64,
    /// Waiting for the processor: for the next period of the quota, and for other calls.
    pub waiting_ms: f64,
    /// All of it.
    pub mean_ms: f64,
}

/// Segments of a call that meets a cold start, in ms: they add up to its mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ColdSegments {
    /// Network, front and invocation, and what is done before an environment starts.
    pub before_ms: f64,
    /// The start, until it can take calls.
    pub init_ms: f64,
    /// The first call, its connection to the store included.
    pub first_ms: f64,
    /// All of it.
    pub mean_ms: f64,
}

/// What the next larger size buys.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Next {
    /// The change of the mean warm time, in ms.
    pub mean_ms: f64,
    /// The change of the 99th percentile, in ms.
    pub p99_ms: f64,
    /// The change of the cost of a month, in US dollars.
    pub usd_per_month: f64,
}

/// A way at every size, in each arch that its compute has; nothing where its service was not measured.
///
/// # Errors
/// When a price is not known, or it can't serve so many calls at any size.
pub fn sizing(
    variant: Variant,
    calls_per_month: f64,
    demands: &Demands,
    basis: &Basis<'_>,
) -> Result<Option<Sizing>, CostError> {
    let Some(measured_at_vcpu) = demands.measured_at(variant) else { return Ok(None) };
    let share_held = demands.share_held(variant);
    let mut candidates = Vec::new();
    let mut refused = None;
    for way in sizes(variant.way) {
        let variant = Variant { way, ..variant };
        let Some(demand) = demands.of(variant, basis.aws.parameters()) else { return Ok(None) };
        let candidate = Candidate { variant, demand, share_held, own: demands.own.as_ref().map(|own| own.takes) };
        match instances(&candidate, calls_per_month, basis.prices) {
            Ok(instances) => candidates.push((candidate, Some(instances))),
            Err(error @ CostError::Price(_)) => return Err(error),
            Err(error @ CostError::Limit(_)) => refused = Some(error),
        }
    }
    if let (true, Some(error)) = (candidates.is_empty(), refused) {
        return Err(error);
    }
    let played = Played::of(&candidates, calls_per_month, basis);
    let steps = on_all_processors(&candidates, |(it, instances)| step(&played, it, *instances, calls_per_month));
    let mut steps = steps.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
    // By processors, then by cost: instance types are listed by generation.
    steps.sort_by(|one, other| {
        let order = |step: &Step| (step.way.arch, step.vcpu, step.figures.usd_per_month.value);
        order(one).partial_cmp(&order(other)).unwrap_or(std::cmp::Ordering::Equal)
    });
    mark(&mut steps);
    let way = variant.way.at_default_size();
    Ok(Some(Sizing { way, build: variant.build, calls_per_month, measured_at_vcpu, share_held, steps }))
}

/// The sizes that are looked at: all that are suggested, of tasks those with the least memory for their processors, of functions
/// some between; and the way's own.
fn sizes(way: Way) -> Vec<Way> {
    let but_arch = |way: Way| (way.compute, way.language, way.store, way.front);
    let mut sizes: Vec<Way> = Vec::new();
    for of_arch in model().ways().filter(|it| but_arch(*it) == but_arch(way)) {
        for suggested in of_arch.sizes() {
            match (sizes.last().copied(), suggested.size) {
                (Some(last), Size::Memory { mib }) if last.arch == suggested.arch => {
                    sizes.extend(between(last, mib));
                    sizes.push(suggested);
                }
                (Some(last), Size::Task { cpu_units, .. }) if last.arch == suggested.arch => {
                    let same = matches!(last.size, Size::Task { cpu_units: of_last, .. } if of_last == cpu_units);
                    sizes.extend((!same).then_some(suggested));
                }
                _ => sizes.push(suggested),
            }
        }
    }
    if !sizes.contains(&way) {
        sizes.push(way);
    }
    sizes
}

/// A memory size halfway to the next suggested one, where that is far.
fn between(last: Way, next_mib: u32) -> Option<Way> {
    let Size::Memory { mib } = last.size else { return None };
    let far = f64::from(next_mib) / f64::from(mib) > FAR;
    let middle = u32::midpoint(mib, next_mib).next_multiple_of(STEP_MIB);
    (far && middle < next_mib).then(|| last.at_size(&middle.to_string()).ok()).flatten()
}

fn step(
    played: &Played<'_>,
    it: &Candidate,
    instances: Option<u32>,
    calls_per_month: f64,
) -> Option<Result<Step, CostError>> {
    let (warm, starts) = played.calls(it, rate(instances, calls_per_month))?;
    let way = it.variant.way;
    let figures = played.figures(it, (warm, starts), calls_per_month);
    let scenario = played.model.aws().scenario(way, &it.demand, played.model.setup());
    let size = way.resources();
    Some(figures.map(|(figures, _)| Step {
        way,
        vcpu: size.vcpu,
        memory_mib: size.memory_mib,
        warm: segments(&scenario, &it.demand, warm.mean_ms),
        cold: ColdSegments {
            before_ms: crate::play::before_init_ms(&scenario),
            init_ms: starts.init_ms,
            first_ms: starts.first_ms,
            mean_ms: crate::play::before_init_ms(&scenario) + starts.init_ms + starts.first_ms,
        },
        usd_per_million_calls: figures.usd_per_month.value / calls_per_month * 1e6,
        figures,
        knee: false,
        next: None,
    }))
}

/// Hops by the means of their distributions, the processor's part is what they leave of the mean that was played.
fn segments(scenario: &Scenario, demand: &Demand, mean_ms: f64) -> Segments {
    let entrance_ms: f64 = scenario.entrance.iter().map(Sampler::mean).sum();
    let invoke_ms = function(scenario).map_or(0.0, |it| it.invoke.mean());
    let store_ms: f64 = scenario.store.mean_ms();
    // Work that is spread around its median takes its mean.
    let cpu_ms = demand.warm_cpu.as_secs_f64() * 1e3 * scenario.spread.mean();
    let waiting_ms = (mean_ms - entrance_ms - invoke_ms - store_ms - cpu_ms).max(0.0);
    Segments { entrance_ms, invoke_ms, store_ms, cpu_ms, waiting_ms, mean_ms }
}

/// Marks the knee of each arch, and what each size's next buys.
fn mark(steps: &mut [Step]) {
    for of_arch in steps.chunk_by_mut(|one, other| one.way.arch == other.way.arch) {
        let product = |step: &Step| step.warm.mean_ms * step.figures.usd_per_month.value;
        let least = of_arch.iter().map(product).fold(f64::INFINITY, f64::min);
        // Of two alike the smaller.
        if let Some(knee) = of_arch.iter_mut().find(|step| product(step) <= least) {
            knee.knee = true;
        }
        for index in 1..of_arch.len() {
            let (one, next) = (&of_arch[index - 1], &of_arch[index]);
            let next = Next {
                mean_ms: next.warm.mean_ms - one.warm.mean_ms,
                p99_ms: next.figures.p99_ms.value - one.figures.p99_ms.value,
                usd_per_month: next.figures.usd_per_month.value - one.figures.usd_per_month.value,
            };
            of_arch[index - 1].next = Some(next);
        }
    }
}
