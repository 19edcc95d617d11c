//! The arguments of `lab choose`, `lab size` and `lab traffic`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use ::choose::Pattern;
use app::{App, AppWay};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use deploy::Refused;
use ways::{Axis, Build, Language, NameError, Way, model};

use crate::cli::Builds;
use crate::completion;

/// Arguments of `lab choose`.
#[derive(Debug, clap::Args)]
pub struct Choose {
    /// Calls per month [default: 1000000, or those of the app.toml]
    #[arg(long, value_name = "N", value_parser = crate::commands::cost::calls)]
    pub calls: Option<f64>,
    /// The largest 99th percentile of latency, cold starts included, in milliseconds.
    #[arg(long, value_name = "MS", value_parser = above_zero)]
    pub p99: Option<f64>,
    /// Only ways whose acknowledged counts outlive the process that acknowledged them.
    #[arg(long)]
    pub durable: bool,
    /// Only ways in these languages, as python,rust [default: all]
    #[arg(long, value_name = "LANGUAGES", value_delimiter = ',', value_parser = languages())]
    pub languages: Vec<Language>,
    /// The largest share of calls that meet a cold start, in per cent.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub cold_share: Option<f64>,
    /// The most US dollars a month.
    #[arg(long, value_name = "N", value_parser = above_zero)]
    pub max_usd: Option<f64>,
    /// How services are built; a language that has no such build has its other one
    /// [default: idiomatic where it was measured, else tuned]
    #[arg(long, value_enum, value_name = "BUILD")]
    pub build: Option<Builds>,
    /// Print what services need of a processor, as JSON, and end.
    #[arg(long, conflicts_with_all = ["p99", "durable", "languages", "cold_share", "max_usd", "json"])]
    pub demands: bool,
    /// What it is worked out by.
    #[command(flatten)]
    pub basis: Basis,
}

/// Arguments of `lab size`.
#[derive(Debug, clap::Args)]
pub struct SizeOf {
    /// The way: `lab ways --all` lists them
    #[arg(value_name = "WAY", add = completion::ways())]
    pub way: Named,
    /// Calls per month.
    #[arg(long, value_name = "N", default_value = "1000000", value_parser = crate::commands::cost::calls)]
    pub calls: f64,
    /// Its build, and what it is worked out by.
    #[command(flatten)]
    pub service: Service,
}

/// Arguments of `lab traffic`.
#[derive(Debug, clap::Args)]
pub struct TrafficOf {
    /// Ways: `lab ways --all` lists them. Beside a function stands what runs the same service as a server
    #[arg(value_name = "WAY", required = true, add = completion::ways())]
    pub ways: Vec<Named>,
    /// How the rate of calls changes [default: each of them]
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',', value_parser = patterns())]
    pub pattern: Vec<Pattern>,
    /// Calls per second, on average [default: 0.001 to 1000]
    #[arg(long, value_name = "R", value_delimiter = ',', value_parser = rate)]
    pub rate: Vec<f64>,
    /// Calls that the account's functions may serve together [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub concurrency: Option<u32>,
    /// Their build, and what they are worked out by.
    #[command(flatten)]
    pub service: Service,
}

/// How the service of named ways is built, and what they are worked out by.
#[derive(Debug, clap::Args)]
pub struct Service {
    /// How the service is built [default: idiomatic where it was measured, else tuned]
    #[arg(long, value_name = "BUILD", value_parser = builds())]
    pub build: Option<Build>,
    /// What it is worked out by.
    #[command(flatten)]
    pub basis: Basis,
}

/// What figures are worked out by, and how they are printed.
#[derive(Debug, clap::Args)]
pub struct Basis {
    /// A run that predicted: what it measured of services' demands [default: the newest in .lab/runs, or what is built in]
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// Of a service of your own: the folder with its app.toml, of which `lab bench --app` has a run
    #[arg(long, value_name = "FOLDER", conflicts_with = "built_in")]
    pub app: Option<PathBuf>,
    /// By the demands that are built in, whatever was measured here.
    #[arg(long, conflicts_with = "run")]
    pub built_in: bool,
    /// Month of the prices, as 2026-10 [default: the newest]
    #[arg(long, value_name = "MONTH")]
    pub prices: Option<String>,
    /// AWS region of the prices.
    #[arg(long, value_name = "REGION", default_value = model().region())]
    pub region: String,
    /// Seed of what is played: the same seed gives the same figures.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// A way by its name: the counter's, or of a service of the user's own, which leaves language and store out.
#[derive(Clone, Debug)]
pub struct Named(String);

impl FromStr for Named {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        let counters = name.parse::<Way>();
        match name.parse::<AppWay>() {
            Ok(_) => Ok(Self(name.to_owned())),
            Err(_) => counters.map(|_| Self(name.to_owned())),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl Named {
    /// The way, of the service that is meant.
    ///
    /// # Errors
    /// [`Refused`] when it is one of the other.
    pub fn way(&self, app: Option<&App>) -> Result<Way, Refused> {
        match app {
            None => self.0.parse().map_err(|error: NameError| Refused(error.to_string())),
            Some(app) => {
                let way: AppWay = self.0.parse().map_err(|error: app::AppWayError| Refused(error.to_string()))?;
                app.fits(way).map_err(Refused)?;
                Ok(app.stand_in(way))
            }
        }
    }
}

fn above_zero(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "it is a number above 0".to_owned())
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.map(|percent| percent / 100.0).ok_or_else(|| "it is a number from 0 to 100".to_owned())
}

/// Calls a second: one in a month at least, 100,000 at most.
fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| (4e-7..=1e5).contains(rate));
    rate.ok_or_else(|| "calls a second are a number from 4e-7 (one a month) to 100000".to_owned())
}

fn languages() -> impl TypedValueParser<Value = Language> {
    let words: Vec<_> = Language::ALL.iter().map(|language| language.word()).collect();
    PossibleValuesParser::new(words).try_map(|word| Language::from_word(&word).ok_or("it is one of the languages"))
}

fn builds() -> impl TypedValueParser<Value = Build> {
    let of_word =
        |word: String| Build::ALL.into_iter().find(|build| build.word() == word).ok_or("it is one of the builds");
    PossibleValuesParser::new(Build::ALL.map(Build::word)).try_map(of_word)
}

fn patterns() -> impl TypedValueParser<Value = Pattern> {
    let of_word =
        |word: String| Pattern::ALL.into_iter().find(|it| it.word() == word).ok_or("it is one of the patterns");
    PossibleValuesParser::new(Pattern::ALL.map(Pattern::word)).try_map(of_word)
}
