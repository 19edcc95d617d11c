//! A service of the user's own in the local cloud. What the counter's store is to the counter, its tables and buckets are to
//! it: made before it starts, removed when it has ended.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use anyhow::Context;
use app::AppWay;
use artifact::Artifacts;
use cloud::CloudConfig;
use load::Mix;
use measure::run::{AppFolder, Outcome, Plan, Series};
use measure::{Deployed, Oha, Own, Predicted};
use model::Setup;
use ways::Kind;

use super::executable;
use super::journal::Journal;
use super::rounds::{self, Built, Ready, Round, Subjects};
use crate::commands::own::Service;

/// What a run of a service of the user's own works with.
pub(super) struct OwnHere {
    service: Service,
    ways: Vec<AppWay>,
    /// Whether the caller named them.
    named: bool,
    artifacts: Artifacts,
    generator: Oha,
    plan: Plan,
    mix: Mix,
}

impl OwnHere {
    /// Of ways by their names.
    ///
    /// # Errors
    /// When the `app.toml` can't be used, or a name stands for no way.
    pub(super) fn new(names: &[String], named: bool, app: &AppFolder, plan: Plan, root: &Path) -> anyhow::Result<Self> {
        let service = Service::read(&app.folder)?;
        let ways = crate::commands::own::ways(&service.app, names)?;
        let mix = service.mix();
        // What it is requested is a mix.
        let (artifacts, generator) = (Artifacts::new(root.to_owned()), Oha::without(executable()?));
        Ok(Self { service, ways, named, artifacts, generator, plan, mix })
    }

    /// The version of oha that the lab has, which makes none of these calls.
    pub(super) fn oha_version(&self) -> &str {
        self.generator.version()
    }

    /// Measures them. A way that breaks fails its record, never the run.
    ///
    /// # Errors
    /// When the service can't be built, the local cloud can't be started, or a record can't be kept.
    pub(super) async fn measure(&self, journal: &mut Journal) -> anyhow::Result<()> {
        let config = CloudConfig { metered: true, ..CloudConfig::default() };
        let clouds = rounds::clouds(&self.plan, &config).await?;
        rounds::run(self, &self.plan, clouds, vec![self.ways.clone()], journal).await
    }

    async fn built(&self, way: AppWay) -> Built {
        let here = Artifacts::own_runs_here(self.service.app.stand_in(way));
        here.map_err(|reason| rounds::not_here(&reason, self.named))?;
        rounds::built(self.service.artifact(way, &self.artifacts).await)
    }

    async fn provisioned(&self, round: &Round<'_, AppWay>) -> anyhow::Result<Series> {
        let (way, cloud) = (round.way, round.cloud);
        let before = cloud.metered();
        let counters = self.service.app.stand_in(way);
        let service = self.service.of(way);
        let mut deployment = cloud.deploy_own(counters, round.artifact, &service).await.context("can't start it")?;
        let server = self.service.app.server.as_ref().filter(|_| way.service() == Kind::Server);
        let mut subject = Own {
            deployed: Deployed { name: way.to_string(), deployment: &mut deployment },
            cloud,
            before,
            mix: &self.mix,
            health: server.map(|it| it.health.clone()),
            number: AtomicU64::new(0),
            check: self.service.check(),
        };
        let predicted = Predicted { way: counters, package_bytes: round.package_bytes, setup: Setup::default() };
        let series = round.series(&mut subject, &self.generator, predicted).await;
        deployment.stop().await;
        series
    }
}

impl Subjects for OwnHere {
    type Way = AppWay;

    async fn build(&self, ways: &[AppWay]) -> anyhow::Result<Ready<AppWay>> {
        self.service.build().await?;
        let mut built = Vec::new();
        for &way in ways {
            built.push((way, self.built(way).await));
        }
        Ok(Ready { built, unchanged: None })
    }

    async fn series(&self, round: &Round<'_, AppWay>) -> anyhow::Result<Series> {
        let series = match self.service.provision(round.cloud) {
            Ok(()) => self.provisioned(round).await,
            Err(error) => Err(error),
        };
        self.service.remove(round.cloud);
        series
    }

    fn record(&self, journal: &mut Journal, way: AppWay, outcome: Outcome) -> anyhow::Result<()> {
        journal.record_own(&self.service.app, way, outcome)
    }
}
