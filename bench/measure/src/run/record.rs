//! A record: one way, and what a run found out about it. A record of one round is appended to the run folder as soon as
//! it is there; those of a way's rounds make one in the run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ways::{Build, Variant, Way};

use super::series::{MeasuredOnAws, Measurement, Prediction};
use super::{Artifact, Exactness, Figures, OwnService, Warning};

/// One way, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The way's canonical name, its size included where it is not the default.
    pub way: String,
    /// How its service was built: `idiomatic`, as the language's community ships it, or `tuned`. Absent on AWS, and of a
    /// run before there were two builds, where all were tuned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub build: Option<Build>,
    /// The deployment's name, where it was measured on AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// The counter's way that stands for that of a service of the user's own where parts are asked for: the same compute, front,
    /// instruction set and size; absent of the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<String>,
    /// Its parts in words.
    pub title: String,
    /// Whether an acknowledged count outlives the process that acknowledged it (a property of the store, not measured).
    pub durable: bool,
    /// What the original study published of it (AWS eu-west-2, 2021-12): average milliseconds of 1,000 sequential calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_average_ms: Option<f64>,
    /// Rounds that it was measured in.
    pub rounds: u32,
    /// How long it took, from the end of the record before (its build included), in seconds.
    pub took_s: f64,
    /// What it costs, by the newest prices, the plan's `update` and the figures of the way's rounds so far; absent where a
    /// price is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What a reader of the figures of the way's rounds so far should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What happened.
    pub outcome: Outcome,
}

/// What came of a way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// It ran to its end.
    Ran(Ran),
    /// It was tried and broke.
    Failed {
        /// Why, in one line.
        reason: String,
    },
    /// It was not tried: this lab or this machine can't run it.
    NotRun {
        /// Why, in one line.
        reason: String,
    },
}

/// What ran, and the series of figures that it gave. As JSON: each series under its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "ByKind", from = "ByKind")]
pub struct Ran {
    /// What was deployed; absent where its file is no longer there.
    pub artifact: Option<Artifact>,
    /// Its series: of what was measured one for each round, of predictions one.
    pub series: Vec<Series>,
}

/// Figures of one kind. Kinds are never mixed: a prediction is not a measurement, and this machine is not AWS.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// Measured on this machine.
    Measured(Measurement),
    /// Predicted of AWS.
    Predicted(Prediction),
    /// Measured on AWS.
    OnAws(MeasuredOnAws),
}

/// [`Ran`] as JSON.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Ran")]
struct ByKind {
    /// What was deployed; absent where its file is no longer there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifact: Option<Artifact>,
    /// What all rounds of `measured`, or of `on_aws`, come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    figures: Option<Figures>,
    /// Measured on this machine: the first round; absent where the profile `bare` was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measured: Option<Measurement>,
    /// Measured again on this machine: the rounds after the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    later_rounds: Vec<Measurement>,
    /// Predicted of AWS; absent where no such profile was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    predicted: Option<Prediction>,
    /// Measured on AWS: the first round; absent where the run was of no deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_aws: Option<MeasuredOnAws>,
    /// Measured again on AWS: the rounds after the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on_aws_later_rounds: Vec<MeasuredOnAws>,
}

impl From<Ran> for ByKind {
    fn from(ran: Ran) -> Self {
        let mut by_kind = Self { figures: ran.figures(), artifact: ran.artifact, ..Self::default() };
        for series in ran.series {
            match series {
                Series::Measured(it) => add(it, &mut by_kind.measured, &mut by_kind.later_rounds),
                Series::Predicted(it) => by_kind.predicted = Some(it),
                Series::OnAws(it) => add(it, &mut by_kind.on_aws, &mut by_kind.on_aws_later_rounds),
            }
        }
        by_kind
    }
}

/// A round, to the first and the others.
fn add<T>(round: T, first: &mut Option<T>, later: &mut Vec<T>) {
    if first.is_none() { *first = Some(round) } else { later.push(round) }
}

impl From<ByKind> for Ran {
    fn from(by_kind: ByKind) -> Self {
        let measured = by_kind.measured.into_iter().chain(by_kind.later_rounds).map(Series::Measured);
        let predicted = by_kind.predicted.into_iter().map(Series::Predicted);
        let on_aws = by_kind.on_aws.into_iter().chain(by_kind.on_aws_later_rounds).map(Series::OnAws);
        Self { artifact: by_kind.artifact, series: measured.chain(predicted).chain(on_aws).collect() }
    }
}

impl JsonSchema for Ran {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        ByKind::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ByKind::json_schema(generator)
    }
}

/// What a way costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Region and month of the prices.
    pub prices: String,
    /// US dollars a month without calls, balancer excluded.
    pub usd_per_month: f64,
    /// US dollars a month of the balancer without calls.
    pub balancer_usd_per_month: f64,
    /// US dollars of a million calls.
    pub usd_per_million_calls: f64,
}

impl Record {
    /// What it was named by: the deployment, or the way and its build.
    #[must_use]
    pub fn name(&self) -> String {
        let variant = || Some(Variant { way: self.way.parse().ok()?, build: self.build? }.to_string());
        self.deployment.clone().or_else(variant).unwrap_or_else(|| self.way.clone())
    }

    /// The way by whose parts it is predicted and costed; nothing where this lab has none of that name.
    #[must_use]
    pub fn modelled(&self) -> Option<Way> {
        self.stands_for.as_ref().unwrap_or(&self.way).parse().ok()
    }

    /// What ran; nothing where it did not run to its end.
    #[must_use]
    pub fn ran(&self) -> Option<&Ran> {
        match &self.outcome {
            Outcome::Ran(ran) => Some(ran),
            Outcome::Failed { .. } | Outcome::NotRun { .. } => None,
        }
    }

    /// What was measured of it on this machine, round by round.
    #[must_use]
    pub fn measured(&self) -> Vec<&Measurement> {
        self.ran().map(Ran::measured).unwrap_or_default()
    }

    /// What was predicted of it.
    #[must_use]
    pub fn predicted(&self) -> Option<&Prediction> {
        self.series().find_map(|series| if let Series::Predicted(it) = series { Some(it) } else { None })
    }

    /// What was measured of it on AWS, round by round.
    #[must_use]
    pub fn on_aws(&self) -> Vec<&MeasuredOnAws> {
        self.ran().map(Ran::on_aws).unwrap_or_default()
    }

    /// What its rounds come to; nothing where nothing was measured.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        self.ran()?.figures()
    }

    /// Whether nothing is left to measure of it, in a run of so many rounds: what broke is not tried again.
    #[must_use]
    pub fn complete(&self, rounds: u32) -> bool {
        self.ran().is_none() || self.rounds >= rounds
    }

    /// This record and that of a later round: costs and warnings are those of the later one, which knows all rounds.
    #[must_use]
    pub fn and(self, later: Self) -> Self {
        let round = self.rounds + later.rounds;
        let outcome = match (self.outcome, later.outcome) {
            (Outcome::Ran(mut ran), Outcome::Ran(later)) => {
                ran.series.extend(later.series);
                Outcome::Ran(ran)
            }
            (Outcome::Ran(_), Outcome::Failed { reason }) => {
                Outcome::Failed { reason: format!("in round {round}: {reason}") }
            }
            (Outcome::Ran(_), other) | (other, _) => other,
        };
        Self { rounds: round, took_s: self.took_s + later.took_s, outcome, ..later }
    }

    /// Its series; none where it did not run to its end.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        self.ran().into_iter().flat_map(|ran| &ran.series)
    }

    /// Calls that failed, and calls made in all, over its series.
    #[must_use]
    pub fn failed_calls(&self) -> (u64, u64) {
        sum(self.series())
    }

    /// The share of its calls that failed, that of the series (of all rounds together) with the largest one.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        let share = |of: fn(&Series) -> bool| {
            let (failed, calls) = sum(self.series().filter(|series| of(series)));
            if calls == 0 { 0.0 } else { failed as f64 / calls as f64 }
        };
        share(|it| matches!(it, Series::Predicted(_))).max(share(|it| !matches!(it, Series::Predicted(_))))
    }
}

/// Calls that failed, and calls made in all, over series.
fn sum<'a>(series: impl Iterator<Item = &'a Series>) -> (u64, u64) {
    series.map(Series::failed_calls).fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
}

impl Ran {
    /// What was measured on this machine, round by round.
    #[must_use]
    pub fn measured(&self) -> Vec<&Measurement> {
        self.series
            .iter()
            .filter_map(|series| if let Series::Measured(it) = series { Some(it) } else { None })
            .collect()
    }

    /// What was measured on AWS, round by round.
    #[must_use]
    pub fn on_aws(&self) -> Vec<&MeasuredOnAws> {
        self.series.iter().filter_map(|series| if let Series::OnAws(it) = series { Some(it) } else { None }).collect()
    }

    /// What the rounds come to; nothing where nothing was measured.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        Figures::measured(&self.measured()).or_else(|| Figures::on_aws(&self.on_aws()))
    }
}

impl Series {
    /// Calls that failed, and calls made in all.
    #[must_use]
    pub fn failed_calls(&self) -> (u64, u64) {
        match self {
            Self::Measured(it) => match (&it.exactness, &it.own) {
                (Some(exactness), _) => exactness.failed_calls(),
                (None, own) => own.as_ref().map(OwnService::failed_calls).unwrap_or_default(),
            },
            Self::OnAws(it) => {
                let accounts = it.accounts().map(Exactness::failed_calls);
                accounts.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
            }
            Self::Predicted(it) => (it.latency.failed, it.latency.acknowledged + it.latency.failed),
        }
    }
}
