//! Ways of the counter in the local cloud.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use artifact::{Artifacts, oha, quickest_first};
use choose::Service;
use cloud::CloudConfig;
use measure::run::{Outcome, Plan, Prediction, Profile, Series};
use measure::{Deployed, Needs, Oha, Predicted};
use model::{Caller, Connections, Parameters, Setup};
use ways::{Variant, Way};

use super::alike::Measured;
use super::executable;
use super::journal::Journal;
use super::rounds::{self, Built, Ready, Round, Subjects};

/// What a run works with.
pub(super) struct Here {
    ways: Vec<Variant>,
    /// Whether the caller named them.
    named: bool,
    artifacts: Artifacts,
    generator: Oha,
    plan: Plan,
    /// What services were measured to need in this run, at which share of a processor.
    known: Mutex<Vec<(Service, f64, Needs)>>,
    /// What was measured in it with nothing slowed down.
    measured: Measured,
}

impl Here {
    /// Of ways by their names.
    ///
    /// # Errors
    /// When a name stands for no way, or there is no oha.
    pub(super) fn new(names: &[String], named: bool, plan: Plan, root: &Path) -> anyhow::Result<Self> {
        let ways = names.iter().map(|name| name.parse()).collect::<Result<_, _>>();
        Ok(Self {
            ways: ways.context("the run names a way that this lab does not have")?,
            named,
            artifacts: Artifacts::new(root.to_owned()),
            generator: Oha::new(executable()?, oha::Oha::find(root)?),
            plan,
            known: Mutex::default(),
            measured: Measured::default(),
        })
    }

    /// The version of the oha that makes the calls.
    pub(super) fn oha_version(&self) -> &str {
        self.generator.version()
    }

    /// Measures them. A way that breaks fails its record, never the run.
    ///
    /// # Errors
    /// When the local cloud can't be started, or a record can't be kept.
    pub(super) async fn measure(&self, journal: &mut Journal) -> anyhow::Result<()> {
        let config = CloudConfig { service_env: self.service_env(), ..CloudConfig::default() };
        let clouds = rounds::clouds(&self.plan, &config).await?;
        rounds::run(self, &self.plan, clouds, quickest_first(&self.ways), journal).await
    }

    /// What a prediction is of.
    fn predicted(&self, profile: Profile, way: Way, package_bytes: u64) -> Predicted {
        let (caller, connections) = match profile {
            Profile::Bare | Profile::Aws => (Caller::InRegion, Connections::Kept),
            Profile::AwsAsPublished => (Caller::Study, Parameters::committed().published.connections(way.language)),
        };
        Predicted { way, package_bytes, setup: Setup { caller, update: self.plan.update, connections, calls: None } }
    }

    /// What a way's service was measured to need in another way at the same share of a processor, as `lab choose` has it.
    fn known(&self, way: Variant) -> Option<Needs> {
        let (service, vcpu) = (Service::of(way), way.way.resources().vcpu);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(of, at, _)| of.is(&service) && *at == vcpu).map(|(_, _, needs)| needs.clone())
    }

    /// Keeps what a way's service was measured to need.
    fn keep_needs(&self, way: Variant, prediction: &Prediction) {
        let needs = Needs::of(prediction).map(|needs| (Service::of(way), way.way.resources().vcpu, needs));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(needs);
    }

    /// What every service gets in its environment.
    fn service_env(&self) -> BTreeMap<String, String> {
        let mut env = BTreeMap::from([self.plan.update.variable()]);
        if self.plan.profiles.contains(&Profile::AwsAsPublished) {
            // The original study's JavaScript opened a connection for each call, as version 2 of its SDK did by default.
            env.insert("AWS_NODEJS_CONNECTION_REUSE_ENABLED".to_owned(), "0".to_owned());
        }
        env
    }

    async fn built(&self, Variant { way, build }: Variant) -> Built {
        Artifacts::available(way).map_err(|reason| rounds::not_here(&reason, self.named))?;
        rounds::built(self.artifacts.of(way, build).await)
    }
}

impl Subjects for Here {
    type Way = Variant;

    async fn build(&self, ways: &[Variant]) -> anyhow::Result<Ready<Variant>> {
        // All at once, so that Cargo's progress and the bars don't share the terminal.
        let services = self.artifacts.prepare(ways.iter().map(|it| (it.way, it.build)));
        tokio::try_join!(services, self.generator.prepare())?;
        let mut built = Vec::new();
        for &way in ways {
            built.push((way, self.built(way).await));
        }
        // What was given is nobody's to rebuild.
        let unchanged = if artifact::builds_here()? { Some(self.artifacts.hold().await?) } else { None };
        Ok(Ready { built, unchanged })
    }

    async fn series(&self, round: &Round<'_, Variant>) -> anyhow::Result<Series> {
        let (way, name) = (round.way.way, round.way.to_string());
        if round.profile == Profile::Bare
            && let Some(measured) = self.measured.of(round.way, round.number, self.plan.connections)
        {
            return Ok(Series::Measured(measured));
        }
        let predicted = self.predicted(round.profile, way, round.package_bytes);
        if round.profile != Profile::Bare && !way.has_process() {
            return Ok(round.predicted_without_process(predicted));
        }
        if round.profile != Profile::Bare
            && let Some(needs) = self.known(round.way)
        {
            return Ok(round.predicted(predicted, needs));
        }
        let mut deployment = round.cloud.deploy(way, round.artifact).await.context("can't start it")?;
        let mut subject = Deployed { name, deployment: &mut deployment };
        let series = round.series(&mut subject, &self.generator, predicted).await;
        deployment.stop().await;
        series
    }

    fn learn(&self, round: &Round<'_, Variant>, series: &Series) {
        match series {
            Series::Measured(measurement) => self.measured.keep(round.way, round.number, measurement),
            Series::Predicted(prediction) => self.keep_needs(round.way, prediction),
            Series::OnAws(_) => {}
        }
    }

    fn record(&self, journal: &mut Journal, way: Variant, outcome: Outcome) -> anyhow::Result<()> {
        journal.record(way.way, Some(way.build), None, outcome)
    }
}
