//! `lab choose`, `lab size`, `lab traffic`: which way, how large, under which traffic. They read one run and compute; the
//! arithmetic is `choose`'s.

mod arguments;
mod demands;

use std::process::ExitCode;

use ::choose::{Answer, Basis, Candidates, Demands, Pattern, Question, RATES, answer, sizing, traffic};
use app::App;
use deploy::Refused;
use model::{Aws, Parameters};
use prices::Snapshot;
use report::choice::{self, Sources};
use serde::Serialize;
use ways::{Build, Variant, Way, model};

use crate::cli::Builds;
use crate::commands::cost::prices_here;

/// Calls a month where none are given.
const CALLS_PER_MONTH: f64 = 1e6;

pub use arguments::{Choose, Named, SizeOf, TrafficOf};
use demands::Found;

/// Ranks all ways at all sizes. Where none meets the bounds it is a failure.
///
/// # Errors
/// When the arguments name what is not there or can't be used, or stdout can't be written to.
pub fn run(arguments: &Choose) -> anyhow::Result<ExitCode> {
    let work = Work::new(&arguments.basis)?;
    if arguments.demands {
        return printed(&json(&*work.found.demands)?);
    }
    let builds: Option<&[Build]> = arguments.build.map(|builds| match builds {
        Builds::Idiomatic => &[Build::Idiomatic][..],
        Builds::Tuned => &[Build::Tuned],
        Builds::Both => &Build::ALL,
    });
    let meant = work.app.as_ref().map(|app| app.traffic).unwrap_or_default();
    let question = Question {
        calls_per_month: arguments.calls.or(meant.calls_per_month).unwrap_or(CALLS_PER_MONTH),
        p99_ms: arguments.p99.or(meant.p99_ms),
        durable: arguments.durable,
        languages: arguments.languages.clone(),
        cold_share: arguments.cold_share,
        usd_per_month: arguments.max_usd,
    };
    let candidates = Candidates::of(&work.found.demands, builds, &Parameters::committed());
    let answer: Answer = answer(&question, &candidates, &work.basis());
    let text = match arguments.basis.json {
        true => json(&WithSources { sources: work.described(), result: &answer })?,
        false => choice::answer(&answer, &work.sources()),
    };
    super::print(&text)?;
    Ok(if answer.ranked.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Shows a way at every size.
///
/// # Errors
/// When the arguments name what is not there or can't be used, or stdout can't be written to.
pub fn size(arguments: &SizeOf) -> anyhow::Result<ExitCode> {
    let work = Work::new(&arguments.service.basis)?;
    let way = arguments.way.way(work.app.as_ref())?;
    if !way.has_process() {
        return Err(Refused(format!("`{way}` has no size: nothing runs there")).into());
    }
    let variant = variant(way, arguments.service.build, &work.found.demands)?;
    let sizing = sizing(variant, arguments.calls, &work.found.demands, &work.basis()).map_err(refused)?;
    let sizing = sizing.ok_or_else(|| unmeasured(&[way], &work))?;
    printed(&match arguments.service.basis.json {
        true => json(&WithSources { sources: work.described(), result: &sizing })?,
        false => choice::sizing(&sizing, &work.sources()),
    })
}

/// Shows what traffic makes of ways.
///
/// # Errors
/// When the arguments name what is not there or can't be used, or stdout can't be written to.
pub fn traffic_of(arguments: &TrafficOf) -> anyhow::Result<ExitCode> {
    let work = Work::new(&arguments.service.basis)?;
    let ways: Vec<Way> = arguments.ways.iter().map(|way| way.way(work.app.as_ref())).collect::<Result<_, _>>()?;
    let mut named: Vec<Variant> = Vec::new();
    for &way in &ways {
        let variant = variant(way, arguments.service.build, &work.found.demands)?;
        if !named.contains(&variant) {
            named.push(variant);
        }
    }
    let patterns = if arguments.pattern.is_empty() { &Pattern::ALL[..] } else { &arguments.pattern };
    let rates = if arguments.rate.is_empty() { &RATES[..] } else { &arguments.rate };
    let demands = &work.found.demands;
    let traffic = traffic(&named, patterns, rates, arguments.concurrency, demands, &work.basis()).map_err(refused)?;
    let lacking: Vec<Way> = ways.iter().copied().filter(|way| traffic.unmeasured.contains(way)).collect();
    if !lacking.is_empty() {
        return Err(unmeasured(&lacking, &work));
    }
    printed(&match arguments.service.basis.json {
        true => json(&WithSources { sources: work.described(), result: &traffic })?,
        false => choice::traffic(&traffic, &work.sources()),
    })
}

/// What is worked with: demands and prices.
struct Work {
    found: Found,
    prices: Snapshot,
    seed: u64,
    /// The service of the user's own that is meant.
    app: Option<App>,
}

impl Work {
    fn new(arguments: &arguments::Basis) -> anyhow::Result<Self> {
        let app = arguments.app.as_deref().map(crate::commands::own::read).transpose()?;
        let found =
            demands::find(arguments.run.as_deref(), arguments.built_in, app.as_ref().map(|app| app.name.as_str()))?;
        let prices = prices_here().read(&arguments.region, arguments.prices.as_deref()).map_err(refused)?;
        Ok(Self { found, prices, seed: arguments.seed, app })
    }

    fn basis(&self) -> Basis<'_> {
        let (aws, setup) = (Aws::new(Parameters::committed()), self.found.demands.setup());
        Basis { aws, setup, prices: &self.prices, seed: self.seed }
    }

    fn sources(&self) -> Sources<'_> {
        Sources { demands: &self.found.demands, run: self.found.run.clone(), prices: &self.prices, seed: self.seed }
    }

    fn described(&self) -> Described<'_> {
        let demands = &self.found.demands;
        Described {
            run: self.found.run.as_deref(),
            measured_at: &demands.measured_at,
            lab: &demands.lab,
            machine: &demands.machine,
            region: &self.prices.region,
            prices: self.prices.date.to_string(),
            seed: self.seed,
        }
    }
}

/// Where figures are from, as JSON.
#[derive(Serialize)]
struct Described<'a> {
    /// The run; null where the demands are built in.
    run: Option<&'a str>,
    measured_at: &'a str,
    lab: &'a str,
    machine: &'a str,
    region: &'a str,
    prices: String,
    seed: u64,
}

#[derive(Serialize)]
struct WithSources<'a, R> {
    sources: Described<'a>,
    #[serde(flatten)]
    result: &'a R,
}

/// A way by a build that it has: the one that is named, or the one that stands for it.
fn variant(way: Way, build: Option<Build>, demands: &Demands) -> Result<Variant, Refused> {
    let build = build.unwrap_or_else(|| demands.build_of(way));
    match model().builds(way).contains(&build) {
        true => Ok(Variant { way, build }),
        false => Err(Refused(format!("{way} has no {build} build: leave --build out"))),
    }
}

fn unmeasured(ways: &[Way], work: &Work) -> anyhow::Error {
    let run = work.found.run.as_deref().unwrap_or("what is built in");
    if work.app.is_some() {
        let names = ways.iter().map(|way| way.place()).collect::<Vec<_>>().join(" ");
        return Refused(format!("{run} has no demand of {names}: measure it by `lab bench --app FOLDER {names}`"))
            .into();
    }
    let names = ways.iter().map(Way::to_string).collect::<Vec<_>>().join(" ");
    Refused(format!(
        "{run} has no demand of {names}: measure it by `lab bench --profile aws {names}`, or add --built-in"
    ))
    .into()
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    Refused(format!("{:#}", anyhow::Error::from(error))).into()
}

fn json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn printed(text: &str) -> anyhow::Result<ExitCode> {
    super::print(text)?;
    Ok(ExitCode::SUCCESS)
}
