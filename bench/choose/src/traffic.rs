//! What traffic makes of a way: the share of cold starts, environments or instances, refused calls, latency and cost, over calls
//! per second and over patterns of arrivals.

use model::{Arrivals, Compute, Demand, Pattern, Scenario, simulate};
use prices::cost::{CostError, SECONDS_PER_MONTH, Usage, cost};
use serde::{Serialize, Serializer};
use ways::{Axis, Build, Kind, Variant, Way, model};

use crate::answer::{is_function, is_server};
use crate::candidates::Candidate;
use crate::cold::cold_share;
use crate::demands::Demands;
use crate::figures::{Basis, Figure, usage};
use crate::play::{Key, Model, RATE_MIN, function, mean, on_all_processors};
use crate::quantiles::Quantiles;

/// Calls per second that are looked at.
pub const RATES: [f64; 7] = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1_000.0];

/// Calls that are played of a function at one rate: at least, and at most. A period with more is shortened to them.
const CALLS_MIN: f64 = 20_000.0;
const CALLS_MAX: f64 = 500_000.0;

/// And of whatever has no environments to be found idle.
const SERVER_CALLS_MAX: f64 = 50_000.0;

/// Calls a second that one environment may be sent: "Lambda quotas", requests per second of synchronous invocations.
const PER_SECOND_AND_ENVIRONMENT: f64 = 10.0;

/// What of the account's concurrency can't be provisioned: "Lambda quotas", unreserved concurrency.
const UNRESERVED: u32 = 100;

/// What traffic makes of some ways.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Traffic {
    /// Calls that an account's functions may serve together.
    pub account_concurrency: u32,
    /// Ways, those that were named first.
    pub ways: Vec<WayTraffic>,
    /// Ways that were not measured, and so have no line.
    pub unmeasured: Vec<Way>,
}

/// What traffic makes of one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WayTraffic {
    /// The way, with its size.
    pub way: Way,
    /// How its service is built.
    pub build: Build,
    /// A server, or a function.
    pub kind: Kind,
    /// Whether its service's share of a processor was held when its demand was measured.
    pub share_held: bool,
    /// From how many calls a second on calls are refused; absent of a server.
    pub limits: Option<Limits>,
    /// By pattern, then by rate.
    pub lines: Vec<Line>,
}

/// From how many calls a second on an account refuses calls of a function, by its two quotas.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// Mean time for which a warm call takes an environment, in ms.
    pub busy_ms: f64,
    /// By the concurrency: as many calls as its environments can take on average. Peaks reach it before.
    pub by_concurrency_per_second: f64,
    /// By ten calls a second for each of them.
    pub by_rate_per_second: f64,
}

/// A way at a rate, in a pattern.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// How the rate changes.
    #[serde(serialize_with = "word")]
    pub pattern: Pattern,
    /// Calls per second, on average.
    pub per_second: f64,
    /// Calls per month.
    pub calls_per_month: f64,
    /// What comes of it.
    pub at: AtRate,
}

/// What comes of a rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AtRate {
    /// It is served.
    Served(Box<Served>),
    /// It can't be.
    Not {
        /// Why.
        reason: String,
    },
}

/// Calls that are served.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Served {
    /// The share of answered calls that met a cold start; none of a server.
    pub cold_share: f64,
    /// The same by a closed form, for calls at a steady rate; absent elsewhere.
    pub cold_share_in_closed_form: Option<f64>,
    /// The share of calls that the account's concurrency refused, as played, without a second try.
    pub throttled_share: f64,
    /// Calls that are under way in a function together: on average, and at most; of a server none.
    pub concurrency: Option<[f64; 2]>,
    /// Instances or tasks; one for a function.
    pub instances: u32,
    /// The median of all answered calls, in ms.
    pub p50_ms: Figure,
    /// Their 99th percentile, in ms.
    pub p99_ms: Figure,
    /// US dollars of a month.
    pub usd_per_month: f64,
    /// The same with as many environments provisioned as were busy together at most; absent of a server.
    pub provisioned: Option<Provisioned>,
}

/// A function whose environments are provisioned, so that no call meets a cold start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Provisioned {
    /// How many.
    pub environments: u32,
    /// Whether the account's concurrency allows for so many.
    pub allowed: bool,
    /// The 99th percentile, in ms.
    pub p99_ms: Figure,
    /// US dollars of a month.
    pub usd_per_month: f64,
}

fn word<S: Serializer>(pattern: &Pattern, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(pattern.word())
}

/// What traffic makes of ways, and of the servers with the same service where a function is among them.
///
/// `account_concurrency` is the account's quota where it is not the default.
///
/// # Errors
/// When a price is not known.
pub fn traffic(
    named: &[Variant],
    patterns: &[Pattern],
    rates: &[f64],
    account_concurrency: Option<u32>,
    demands: &Demands,
    basis: &Basis<'_>,
) -> Result<Traffic, CostError> {
    let concurrency = account_concurrency.unwrap_or(basis.aws.parameters().account_concurrency.count);
    let (mut ways, mut unmeasured) = (Vec::new(), Vec::new());
    let player = Player { model: Model::new(&basis.aws, basis.setup, basis.seed), concurrency, basis };
    for variant in beside(named) {
        let Some(demand) = demands.of(variant, basis.aws.parameters()) else {
            unmeasured.push(variant.way);
            continue;
        };
        let candidate = Candidate {
            variant,
            demand,
            share_held: demands.share_held(variant),
            own: demands.own.as_ref().map(|own| own.takes),
        };
        ways.push(player.way(&candidate, patterns, rates)?);
    }
    Ok(Traffic { account_concurrency: concurrency, ways, unmeasured })
}

/// The ways that are named, and beside functions what runs the same service as a server: each compute at its default front and
/// size, in the same arch.
fn beside(named: &[Variant]) -> Vec<Variant> {
    let mut all = named.to_vec();
    for variant in named.iter().filter(|it| is_function(it.way)) {
        let way = variant.way;
        let same = |it: &Way| {
            is_server(*it)
                && (it.language, it.store, it.arch) == (way.language, way.store, way.arch)
                && it.front == it.compute.facts().default_front
        };
        for way in model().ways().filter(same) {
            let builds = model().builds(way);
            let build = if builds.contains(&variant.build) { variant.build } else { builds[0] };
            let server = Variant { way, build };
            if !all.contains(&server) {
                all.push(server);
            }
        }
    }
    all
}

struct Player<'a> {
    model: Model,
    concurrency: u32,
    basis: &'a Basis<'a>,
}

/// What was played of a way at a rate.
struct Played {
    warm: [Quantiles; 3],
    all: [Quantiles; 3],
    cold_share: f64,
    throttled_share: f64,
    busy_ms: f64,
    inside_ms: f64,
    init_ms: f64,
    cold_mean_ms: f64,
    most_busy: u32,
}

impl Player<'_> {
    fn way(&self, it: &Candidate, patterns: &[Pattern], rates: &[f64]) -> Result<WayTraffic, CostError> {
        let way = it.variant.way;
        let places: Vec<(Pattern, f64)> =
            patterns.iter().flat_map(|&pattern| rates.iter().map(move |&rate| (pattern, rate))).collect();
        let lines = on_all_processors(&places, |&(pattern, per_second)| self.line(it, pattern, per_second));
        let lines = lines.into_iter().collect::<Result<Vec<_>, _>>()?;
        let limits = is_function(way).then(|| self.limits(it));
        Ok(WayTraffic {
            way,
            build: it.variant.build,
            kind: way.compute.facts().kind,
            share_held: it.share_held,
            limits,
            lines,
        })
    }

    fn limits(&self, it: &Candidate) -> Limits {
        let busy_ms = self.played(it, Pattern::Steady, 1.0).busy_ms;
        let concurrency = f64::from(self.concurrency);
        Limits {
            busy_ms,
            by_concurrency_per_second: concurrency / busy_ms * 1e3,
            by_rate_per_second: concurrency * PER_SECOND_AND_ENVIRONMENT,
        }
    }

    fn line(&self, it: &Candidate, pattern: Pattern, per_second: f64) -> Result<Line, CostError> {
        let calls_per_month = per_second * SECONDS_PER_MONTH;
        let at = match self.served(it, pattern, per_second) {
            Ok(served) => AtRate::Served(Box::new(served)),
            Err(CostError::Limit(limit)) => AtRate::Not { reason: limit.to_string() },
            Err(error @ CostError::Price(_)) => return Err(error),
        };
        Ok(Line { pattern, per_second, calls_per_month, at })
    }

    fn served(&self, it: &Candidate, pattern: Pattern, per_second: f64) -> Result<Served, CostError> {
        let way = it.variant.way;
        let calls_per_month = per_second * SECONDS_PER_MONTH;
        let usage = Usage { peak: pattern.peak(), ..usage(it, calls_per_month) };
        let prices = self.basis.prices;
        let server = cost(way, &usage, prices)?;
        let percentile = |of: &[Quantiles; 3], at: f64| Figure::of([0, 1, 2].map(|case| of[case].at(at)));
        let played = self.played(it, pattern, per_second / f64::from(server.instances));
        let served = Served {
            cold_share: 0.0,
            cold_share_in_closed_form: None,
            throttled_share: played.throttled_share,
            concurrency: None,
            instances: server.instances,
            p50_ms: percentile(&played.all, 0.5),
            p99_ms: percentile(&played.all, 0.99),
            usd_per_month: server.usd(),
            provisioned: None,
        };
        if !is_function(way) {
            return Ok(served);
        }
        // What is refused is not charged.
        let answered = calls_per_month * (1.0 - played.throttled_share);
        let parameters = self.basis.aws.parameters();
        let keep_idle_s = parameters.keep_idle.duration().as_secs_f64();
        let steady = pattern == Pattern::Steady;
        let cold = played.cold_share;
        let duration_ms = (1.0 - cold) * played.inside_ms + cold * played.cold_mean_ms;
        let on_demand =
            Usage { calls_per_month: answered, duration_ms, init_ms: played.init_ms, cold_share: cold, ..usage };
        let environments = played.most_busy.max(1);
        let provisioned = Usage {
            calls_per_month,
            duration_ms: played.inside_ms,
            cold_share: 0.0,
            provisioned: environments,
            ..usage
        };
        Ok(Served {
            cold_share: cold,
            cold_share_in_closed_form: steady.then(|| cold_share(per_second, played.busy_ms / 1e3, keep_idle_s)),
            concurrency: Some([per_second * played.busy_ms / 1e3, played.most_busy.into()]),
            usd_per_month: cost(way, &on_demand, prices)?.usd(),
            provisioned: Some(Provisioned {
                environments,
                allowed: environments.saturating_add(UNRESERVED) <= self.concurrency,
                p99_ms: percentile(&played.warm, 0.99),
                usd_per_month: cost(way, &provisioned, prices)?.usd(),
            }),
            ..served
        })
    }

    /// Plays a way at a rate: of a server one instance.
    fn played(&self, it: &Candidate, pattern: Pattern, per_second: f64) -> Played {
        let way = it.variant.way;
        let parameters = self.basis.aws.parameters();
        let settle_s = if is_function(way) { parameters.keep_idle.duration().as_secs_f64() } else { 0.0 };
        let most = if is_function(way) { CALLS_MAX } else { SERVER_CALLS_MAX };
        let period_s = pattern.period_s().min((most / per_second - settle_s).max(settle_s / 5.0));
        let periods = (CALLS_MIN / (per_second * period_s)).ceil().max(1.0);
        let calls = per_second * (settle_s + periods * period_s);
        let arrivals = Arrivals::Traffic(model::Traffic {
            per_second,
            pattern,
            period_ms: period_s * 1e3,
            settle_ms: settle_s * 1e3,
        });
        let scenarios = self.scenarios(way, &it.demand);
        let invoke_ms = function(&scenarios[0]).map_or(0.0, |it| it.invoke.mean());
        let mut played = Played {
            warm: [(); 3].map(|()| Quantiles::default()),
            all: [(); 3].map(|()| Quantiles::default()),
            cold_share: 0.0,
            throttled_share: 0.0,
            busy_ms: 0.0,
            inside_ms: 0.0,
            init_ms: 0.0,
            cold_mean_ms: 0.0,
            most_busy: 0,
        };
        for (case, scenario) in scenarios.iter().enumerate() {
            let mut ended = simulate(scenario, arrivals, calls as usize, self.model.seed());
            if case == 0 {
                let (warm, cold) = (ended.warm_ms.len() as f64, ended.cold_ms.len() as f64);
                played.cold_share = cold / (warm + cold).max(1.0);
                played.throttled_share = ended.throttled as f64 / (warm + cold + ended.throttled as f64).max(1.0);
                played.init_ms = mean(&ended.init_ms);
                played.most_busy = ended.most_busy;
                let before = crate::play::before_init_ms(scenario);
                played.cold_mean_ms = (mean(&ended.cold_ms) - played.init_ms - before).max(0.0);
                played.inside_ms = ended.inside_ms / warm.max(1.0);
                played.busy_ms = played.inside_ms + invoke_ms;
            }
            let mut all = ended.warm_ms.clone();
            all.append(&mut ended.cold_ms);
            played.warm[case] = Quantiles::of(ended.warm_ms).unwrap_or_default();
            played.all[case] = Quantiles::of(all).unwrap_or_default();
        }
        if per_second < RATE_MIN && is_function(way) {
            // Few calls are warm, or none: warm ones are those of a rate at which they are.
            let warm = self.model.warm(way, &it.demand, &Key::warm(way, &it.demand, per_second));
            (played.inside_ms, played.busy_ms) = (warm.inside_ms[0], warm.busy_ms);
            played.warm = warm.latency;
        }
        played
    }

    fn scenarios(&self, way: Way, demand: &Demand) -> [Scenario; 3] {
        let mut scenarios = self.model.scenarios(way, demand);
        for scenario in &mut scenarios {
            if let Compute::Function(function) = &mut scenario.compute {
                function.concurrency = self.concurrency;
            }
        }
        scenarios
    }
}
