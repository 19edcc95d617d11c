//! A service of the user's own in the local cloud, way by way in rounds; the first round predicts too. What the counter's
//! store is to the counter, its tables and buckets are to it: made before it starts, removed when it has ended.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use anyhow::Context;
use app::AppWay;
use artifact::{Artifacts, Description, describe};
use cloud::{Cloud, CloudConfig};
use load::Mix;
use measure::progress::Progress;
use measure::run::{AppFolder, Measurement, Outcome, Plan, Profile, Ran, Series, Watch};
use measure::{Oha, Own, Predicted, measure, predict};
use model::Setup;

use super::executable;
use super::here::failed;
use super::journal::{Journal, in_short};
use crate::commands::own::Service;
use crate::progress;

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

type Clouds = Vec<(Profile, Cloud)>;

/// What a way deploys, or what came of it.
type Built = Result<(cloud::Artifact, Description), Outcome>;

/// A round of a way.
struct Round<'a> {
    /// From 0.
    index: u32,
    /// What came of the rounds before.
    before: Option<Ran>,
    way: AppWay,
    /// The way and the round, for progress.
    shown: &'a str,
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
        let (artifacts, generator) = (Artifacts::new(root.to_owned()), Oha::new(executable()?));
        Ok(Self { service, ways, named, artifacts, generator, plan, mix })
    }

    /// Measures them. A way that breaks fails its record, never the run.
    ///
    /// # Errors
    /// When the service can't be built, the local cloud can't be started, or a record can't be kept.
    pub(super) async fn measure(&self, journal: &mut Journal) -> anyhow::Result<()> {
        let clouds = self.clouds().await?;
        self.service.build().await?;
        let mut built = Vec::new();
        for &way in &self.ways {
            built.push((way, self.built(way).await));
        }
        let rounds = self.plan.rounds;
        let progress = progress::to_stderr(self.ways.len() * rounds as usize);
        for round in 0..rounds {
            for (way, built) in &built {
                let name = way.to_string();
                if journal.next_round(&name).is_none_or(|next| next > round) {
                    progress.skip();
                    continue;
                }
                let shown =
                    if rounds == 1 { name.clone() } else { format!("{name} (round {} of {rounds})", round + 1) };
                progress.way(&shown);
                let outcome = match built {
                    Ok((artifact, description)) => {
                        let before = journal.before(&name);
                        let round = Round { index: round, before, way: *way, shown: &shown };
                        self.outcome(&clouds, artifact, description.clone(), &round, &*progress).await
                    }
                    Err(outcome) => outcome.clone(),
                };
                progress.done(&shown, &in_short(&outcome));
                journal.record_own(&self.service.app, *way, outcome)?;
            }
        }
        progress.finish();
        for (_, cloud) in clouds {
            cloud.shutdown().await;
        }
        Ok(())
    }

    async fn clouds(&self) -> anyhow::Result<Clouds> {
        let mut clouds = Vec::new();
        for &profile in &self.plan.profiles {
            let speed = match profile {
                Profile::Bare => cloud::Profile::Bare,
                Profile::Aws | Profile::AwsAsPublished => cloud::Profile::CpuShare,
            };
            let config = CloudConfig { profile: speed, metered: true, ..CloudConfig::default() };
            clouds.push((profile, Cloud::start(config).await.context("can't start the local cloud")?));
        }
        Ok(clouds)
    }

    async fn built(&self, way: AppWay) -> Built {
        if let Err(reason) = Artifacts::runs_here(way.arch()) {
            let reason = reason.to_string();
            return Err(if self.named { Outcome::Failed { reason } } else { Outcome::NotRun { reason } });
        }
        let artifact = self.service.artifact(way, &self.artifacts).await;
        artifact.and_then(|it| Ok((it.clone(), describe(&it)?))).map_err(|error| failed(&error))
    }

    async fn outcome(
        &self,
        clouds: &Clouds,
        artifact: &cloud::Artifact,
        description: Description,
        round: &Round<'_>,
        progress: &dyn Progress,
    ) -> Outcome {
        let bytes = description.bytes;
        let mut ran = Ran { artifact: Some(description), series: Vec::new() };
        // A prediction is made once.
        for (profile, cloud) in clouds.iter().filter(|(profile, _)| *profile == Profile::Bare || round.index == 0) {
            let series = match self.service.provision(cloud) {
                Ok(()) => self.series(*profile, cloud, artifact, bytes, round, progress).await,
                Err(error) => Err(error),
            };
            self.service.remove(cloud);
            match series {
                Ok(series) => ran.series.push(series),
                Err(error) => return failed(&error),
            }
        }
        Outcome::Ran(ran)
    }

    async fn series(
        &self,
        profile: Profile,
        cloud: &Cloud,
        artifact: &cloud::Artifact,
        package_bytes: u64,
        round: &Round<'_>,
        progress: &dyn Progress,
    ) -> anyhow::Result<Series> {
        progress.phase(round.shown, "start");
        let watch = Watch::begin();
        let before = cloud.metered();
        let way = round.way.stand_in(self.service.app.stands_for(round.way.kind()));
        let service = self.service.of(round.way);
        let mut deployment = cloud.deploy_own(way, artifact, &service).await.context("can't start it")?;
        let mut subject = Own {
            name: round.way.to_string(),
            deployment: &mut deployment,
            cloud,
            before,
            mix: &self.mix,
            number: AtomicU64::new(0),
            check: self.service.check(),
        };
        let (generator, plan) = (&self.generator, self.plan.of_round(round.index));
        let series = match profile {
            Profile::Bare => {
                let first = round.before.as_ref().and_then(|before| before.measured().first().copied());
                let known = first.map(|first| first.concurrency.calls_per_second);
                measure(&mut subject, generator, &plan, known, progress).await.map(Series::Measured)
            }
            Profile::Aws | Profile::AwsAsPublished => {
                let predicted = Predicted { way, package_bytes, setup: Setup::default() };
                let predicted = predict(&mut subject, generator, predicted, &plan, progress).await;
                predicted.map(Series::Predicted).context("the prediction failed")
            }
        };
        deployment.stop().await;
        series.map(|series| match series {
            Series::Measured(it) => Series::Measured(Measurement { conditions: watch.end(), ..it }),
            other => other,
        })
    }
}
